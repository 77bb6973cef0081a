//go:build contract

package contract

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Every exchange is valid by Adobe's OpenAPI files, but for what is excepted.
func TestExchangesAreValidByTheFiles(t *testing.T) {
	known := operationsOf(loadSpecs(t))
	v := judge(append(fileExceptions, tableless()...))
	checked := 0
	for _, x := range append(drive(t), provoke(t)...) {
		o, ok := find(known.all, x.request.Method, x.request.URL.EscapedPath())
		if !ok {
			v.add(x.request.Method+" "+x.request.URL.Path, x.status, "no such operation")
			continue
		}
		checked++
		known.validate(o, x, v)
	}
	if checked < 60 {
		t.Errorf("%d exchanges were validated, want 60 at least", checked)
	}
	v.close(t)
}

// described is where each operation stands in the files.
type described struct {
	all   []operation
	where map[operation]*routers.Route
	file  map[operation]string
}

func operationsOf(specs []spec) described {
	d := described{where: map[operation]*routers.Route{}, file: map[operation]string{}}
	for _, s := range specs {
		for path, item := range s.doc.Paths.Map() {
			for method, o := range item.Operations() {
				named := operation{method, s.base + blank(path)}
				d.all = append(d.all, named)
				d.file[named] = s.file
				d.where[named] = &routers.Route{Spec: s.doc, Path: path, PathItem: item, Method: method, Operation: o}
			}
		}
	}
	return d
}

func (d described) validate(o operation, x exchange, v *verdicts) {
	route := d.where[o]
	req := x.request.Clone(context.Background())
	req.Body = io.NopCloser(bytes.NewReader(x.sent))
	in := &openapi3filter.RequestValidationInput{
		Request: req, Route: route, PathParams: pathValues(route.Path, o, x.request.URL.EscapedPath()),
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
		},
	}
	if x.status < 300 { // what is refused on purpose need not be valid
		report(v, o, x.status, "request: ", openapi3filter.ValidateRequest(context.Background(), in))
	}
	if declaresNoBody(route.Operation, x.status) {
		return
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: x.status, Header: header(route.Operation, x), Options: in.Options,
		Body: io.NopCloser(bytes.NewReader(x.received)),
	}
	report(v, o, x.status, "answer: ", openapi3filter.ValidateResponse(context.Background(), out))
}

// header is the answer's, with the media type as the file spells it: some
// print the version that an answer carries, some do not.
func header(o *openapi3.Operation, x exchange) http.Header {
	h := x.header.Clone()
	media := h.Get("Content-Type")
	ref := o.Responses.Status(x.status)
	if ref == nil || ref.Value.Content[media] != nil {
		return h
	}
	bare, _, _ := strings.Cut(media, ";")
	for known := range ref.Value.Content {
		if first, _, _ := strings.Cut(known, ";"); strings.TrimSpace(first) == bare {
			h.Set("Content-Type", known)
		}
	}
	return h
}

// declaresNoBody says whether the file has the status, with content {}: then
// there is nothing to hold the body against.
func declaresNoBody(o *openapi3.Operation, status int) bool {
	ref := o.Responses.Status(status)
	return ref != nil && len(ref.Value.Content) == 0
}

func pathValues(template string, o operation, path string) map[string]string {
	values := map[string]string{}
	names := parameter.FindAllString(template, -1)
	want, got := strings.Split(o.Path, "/"), strings.Split(path, "/")
	for i := range want {
		if want[i] == "{}" && len(names) > 0 {
			values[strings.Trim(names[0], "{}")] = got[i]
			names = names[1:]
		}
	}
	return values
}

func report(v *verdicts, o operation, status int, side string, err error) {
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), " | ") {
		first, _, _ := strings.Cut(line, "\nSchema:")
		v.add(o.String(), status, side+index.ReplaceAllString(strings.TrimSpace(first), "/#"))
	}
}

// index is a place in a list: what is wrong with one item is said once.
var index = regexp.MustCompile(`/[0-9]+`)

// tableless are the table's exceptions that the files share: operations that
// no file has.
func tableless() []exception {
	var shared []exception
	for _, e := range tableExceptions {
		if e.what == "no such operation" {
			shared = append(shared, e)
		}
	}
	return shared
}
