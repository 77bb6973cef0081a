package apiclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCollect(t *testing.T) {
	failed := errors.New("failed")
	for _, tt := range []struct {
		name  string
		fetch func(n int, token string) (page[int], error)
		want  int // items
		calls int
		err   error
	}{
		{"one page", func(n int, _ string) (page[int], error) { return page[int]{[]int{1}, ""}, nil }, 1, 1, nil},
		{"three pages", func(n int, _ string) (page[int], error) {
			return page[int]{[]int{1}, []string{"b", "c", ""}[n]}, nil
		}, 3, 3, nil},
		{"empty page ends it", func(n int, _ string) (page[int], error) {
			return page[int]{make([]int, 1-n), fmt.Sprint(n + 1)}, nil
		}, 1, 2, nil},
		{"repeated token", func(n int, _ string) (page[int], error) { return page[int]{[]int{1}, "same"}, nil }, 2, 2, ErrEndless},
		{"two tokens in turn", func(n int, _ string) (page[int], error) {
			return page[int]{[]int{1}, []string{"a", "b"}[n%2]}, nil
		}, 3, 3, ErrEndless},
		{"without end", func(n int, _ string) (page[int], error) { return page[int]{[]int{1}, fmt.Sprint(n)}, nil }, maxPages, maxPages, ErrEndless},
		{"second page fails", func(n int, _ string) (page[int], error) {
			return page[int]{[]int{1}, "x"}, []error{nil, failed}[n]
		}, 1, 2, failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls := 0
			got, err := collect("op", func(token string) (page[int], error) {
				calls++
				return tt.fetch(calls-1, token)
			})
			if len(got) != tt.want || calls != tt.calls || !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("%d items, %d calls, %v; want %d, %d, %v", len(got), calls, err, tt.want, tt.calls, tt.err)
			}
		})
	}
}

// paged answers page after page, by the parameter that each listing counts with.
func paged(t *testing.T, pages map[string]string, key func(url.Values) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		k := key(r.URL.Query())
		body, ok := pages[k]
		if !ok {
			t.Errorf("asked for page %q: %s", k, r.URL.RawQuery)
			w.WriteHeader(400)
			return
		}
		answers(200, body)(w, r)
	}
}

func TestListingsPage(t *testing.T) {
	full := func(n, from int, item, sep string) string {
		var s []string
		for i := range n {
			s = append(s, fmt.Sprintf(item, from+i))
		}
		return strings.Join(s, sep)
	}
	for _, tt := range []struct {
		name  string
		key   func(url.Values) string
		pages map[string]string
		call  func(context.Context, *Client) ([]string, error)
		want  int
		first string
		last  string
	}{
		{"sandboxes", func(q url.Values) string { return q.Get("limit") + "+" + q.Get("offset") },
			map[string]string{
				"50+0":  `{"sandboxes":[` + full(50, 100, `{"name":"s%d","state":"active"}`, ",") + `],"_page":{"limit":50,"count":50}}`,
				"50+50": `{"sandboxes":[{"name":"last","state":"active"},{"name":"gone","state":"deleted"}],"_page":{"limit":50,"count":2}}`,
			},
			func(ctx context.Context, c *Client) ([]string, error) {
				all, err := c.Sandboxes.List(ctx)
				return names(all, func(s Sandbox) string { return s.Name }), err
			}, 51, "s100", "last"},
		{"merge policies", func(q url.Values) string { return q.Get("limit") + "/" + q.Get("start") + "/" + q.Get("orderBy") },
			map[string]string{
				"100//":    `{"children":[{"id":"a"},{"id":"b"}],"_links":{"next":{"href":"@/mergePolicies?start=K1JJ%2B&orderBy=&limit=2"}}}`,
				"2/K1JJ+/": `{"children":[{"id":"c"}],"_links":{"next":{"href":""}}}`,
			},
			func(ctx context.Context, c *Client) ([]string, error) {
				all, err := c.MergePolicies.List(ctx, "dev")
				return names(all, func(p MergePolicy) string { return p.ID }), err
			}, 3, "a", "c"},
		{"datasets", func(q url.Values) string { return q.Get("limit") + "+" + q.Get("start") },
			map[string]string{
				"100+0":   "{" + full(100, 100, `"id%[1]d":{"name":"n%[1]d"}`, ",") + "}",
				"100+100": `{"x":{"name":"z"}}`,
			},
			func(ctx context.Context, c *Client) ([]string, error) {
				all, err := c.Datasets.List(ctx, "dev", false)
				return names(all, func(d Dataset) string { return d.ID }), err
			}, 101, "id100", "x"},
		{"segments counted from 1", func(q url.Values) string { return q.Get("page") },
			map[string]string{
				"":  `{"segments":[{"id":"a"}],"page":{"totalPages":2}}`,
				"1": `{"segments":[{"id":"a"}],"page":{"totalPages":2}}`,
				"2": `{"segments":[{"id":"b"}],"page":{"totalPages":2}}`,
			},
			func(ctx context.Context, c *Client) ([]string, error) {
				all, err := c.Segments.List(ctx, "dev")
				return names(all, func(s Segment) string { return s.ID }), err
			}, 2, "a", "b"},
		{"segments counted from 0", func(q url.Values) string { return q.Get("page") },
			map[string]string{
				"":  `{"segments":[{"id":"a"}],"page":{"totalPages":2}}`,
				"1": `{"segments":[{"id":"b"}],"page":{"totalPages":2}}`,
				"2": `{"segments":[],"page":{"totalPages":2}}`,
			},
			func(ctx context.Context, c *Client) ([]string, error) {
				all, err := c.Segments.List(ctx, "dev")
				return names(all, func(s Segment) string { return s.ID }), err
			}, 2, "a", "b"},
		{"audiences", func(q url.Values) string { return q.Get("start") },
			map[string]string{
				"":  `{"children":[{"id":"a","audienceId":"own-a"}],"_page":{"next":1}}`,
				"1": `{"children":[{"id":"b"}],"_pages":{"next":2}}`,
				"2": `{"children":[{"id":"c"}],"_page":{"next":0}}`,
			},
			func(ctx context.Context, c *Client) ([]string, error) {
				all, err := c.Audiences.List(ctx, "dev")
				return names(all, func(a Audience) string { return a.AudienceID }), err
			}, 3, "own-a", "c"},
		{"unions", func(q url.Values) string { return q.Get("orderby") + "/" + q.Get("start") },
			map[string]string{
				"/":       `{"results":[{"$id":"a","meta:altId":"_a","title":"A","version":"1"}],"_page":{"next":"B"}}`,
				"title/B": `{"results":[{"$id":"b"}],"_page":{"next":null}}`,
			},
			func(ctx context.Context, c *Client) ([]string, error) {
				all, err := c.Schemas.Unions(ctx, "dev")
				return names(all, func(u Union) string { return u.ID }), err
			}, 2, "a", "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := newPlatform(t, paged(t, tt.pages, tt.key)).client(t)
			got, err := tt.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != tt.want || got[0] != tt.first || got[len(got)-1] != tt.last {
				t.Errorf("got %d from %s to %s, want %d from %s to %s", len(got), got[0], got[len(got)-1], tt.want, tt.first, tt.last)
			}
		})
	}
}

func names[T any](all []T, name func(T) string) []string {
	var s []string
	for _, v := range all {
		s = append(s, name(v))
	}
	return s
}

// A server that repeats its page for every token must not be asked for ever.
func TestListingsOfAServerThatRepeatsItself(t *testing.T) {
	p := newPlatform(t, answers(200, `{"children":[{"id":"a"}],"_page":{"next":1},"_links":{"next":{"href":"@/mergePolicies?start=x"}}}`))
	c, _ := p.client(t)
	if all, err := c.MergePolicies.List(t.Context(), "dev"); !isErr(err, ErrEndless) || len(all) != 2 {
		t.Errorf("merge policies: %d, %v; want what came and ErrEndless", len(all), err)
	}
	if _, err := c.Audiences.List(t.Context(), "dev"); !isErr(err, ErrEndless) {
		t.Errorf("audiences: %v, want ErrEndless", err)
	}
	if n := len(p.requests()); n != 4 {
		t.Errorf("%d requests, want 4", n)
	}
}

// Bulk calls take a hundred ids at most.
func TestBulkGoesInHundreds(t *testing.T) {
	n := 0
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		answers(207, `{"results":{"id`+strconv.Itoa(n)+`":{"id":"id`+strconv.Itoa(n)+`","name":"x"},"gone`+strconv.Itoa(n)+`":{"status":404,"title":"Not found"},"odd":7}}`)(w, r)
	})
	c, _ := p.client(t)
	ids := make([]string, 250)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	got, err := c.Audiences.Bulk(t.Context(), "dev", ids)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id1", "id2", "id3"}, sorted(got)); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if reqs := p.requests(); len(reqs) != 3 || !strings.Contains(reqs[2].body, `{"id":"249"}`) || strings.Count(reqs[0].body, `"id"`) != 100 {
		t.Errorf("%d requests, want 3 of 100, 100 and 50", len(reqs))
	}
}

func TestBulkOfNoneThatExist(t *testing.T) {
	c, _ := newPlatform(t, answers(404, `{"type":"https://ns.adobe.com/aep/errors/UPAPI-113430-404"}`)).client(t)
	if got, err := c.Audiences.Bulk(t.Context(), "dev", []string{"x"}); err != nil || len(got) != 0 {
		t.Errorf("Bulk = %v, %v; want none", got, err)
	}
	if got, err := c.Audiences.Bulk(t.Context(), "dev", nil); err != nil || len(got) != 0 {
		t.Errorf("Bulk of nothing = %v, %v; want none", got, err)
	}
}
