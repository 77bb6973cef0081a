package aep

import (
	"encoding/json"
	"net/http"
)

// text is what the rule answers, if it says so.
func (r *activeRule) text() ([]byte, bool) {
	if len(r.Body) == 0 || string(r.Body) == "null" {
		return nil, false
	}
	var s string
	if json.Unmarshal(r.Body, &s) == nil {
		return []byte(s), true
	}
	return r.Body, true
}

// answer is the whole answer of a rule that takes the place of the real one.
func (r *activeRule) answer(c *call) answer {
	status := r.Status
	var a answer
	switch r.Do {
	case "status":
		if status == 0 {
			status = http.StatusInternalServerError
		}
		a = r.plain(c, status)
	case "redirect":
		if status == 0 {
			status = http.StatusTemporaryRedirect
		}
		a = raw(status, nil).with("Location", "/redirected"+c.r.URL.RequestURI())
	case "html":
		a = raw(statusOr(status), []byte("<!DOCTYPE html><html><head><title>Service page</title></head><body><h1>We will be back soon</h1></body></html>")).
			with("Content-Type", "text/html; charset=utf-8")
	case "wrong-type":
		a = raw(statusOr(status), []byte(`["this", {"is": "not"}, "what", 4, true, null]`))
	default: // not carried out: what is cut, dripped or delayed is an error
		a = c.refusal(http.StatusInternalServerError, "Internal error")
		if status != 0 {
			a.status = status
		}
	}
	if text, ok := r.text(); ok && r.Do != "status" {
		a.body = text
	}
	return r.decorate(a)
}

func statusOr(status int) int {
	if status == 0 {
		return http.StatusOK
	}
	return status
}

func (r *activeRule) plain(c *call, status int) answer {
	if text, ok := r.text(); ok {
		return raw(status, text)
	}
	switch {
	case status == http.StatusUnauthorized && c.service != serviceIMS:
		return gatewayError("401013", "Oauth token is not valid")
	case status >= 400:
		return c.refusal(status, http.StatusText(status))
	}
	return raw(status, []byte("{}"))
}

func (r *activeRule) decorate(a answer) answer {
	for name, value := range r.Headers {
		a = a.with(name, value)
	}
	return a
}
