package browser

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// message is a complaint on the console.
type message struct{ url, text string }

func (m message) String() string { return m.text + " (" + m.url + ")" }

// heard notes the answers to navigations and every complaint. It runs on the
// goroutine that reads from the browser.
func (t *Tab) heard(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			t.document = document{url: e.Response.URL, status: int(e.Response.Status)}
		}
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			t.at = e.Frame.URL + e.Frame.URLFragment
		}
	case *page.EventNavigatedWithinDocument:
		t.at = e.URL
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" || e.Type == "warning" {
			var words []string
			for _, a := range e.Args {
				words = append(words, fmt.Sprintf("%s%s", a.Value, a.Description))
			}
			t.messages = append(t.messages, message{t.document.url, "console." + string(e.Type) + ": " + strings.Join(words, " ")})
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		t.messages = append(t.messages, message{t.document.url, text})
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Source == "security" {
			at := e.Entry.URL
			if at == "" {
				at = t.document.url
			}
			t.messages = append(t.messages, message{at, string(e.Entry.Source) + ": " + e.Entry.Text})
		}
	}
}

var failedStatus = regexp.MustCompile(`the server responded with a status of (\d+)`)

// complaints are the messages that no test has allowed for.
func (t *Tab) complaints() []message {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []message
	for _, m := range t.messages {
		if t.isForeign(m.url) {
			continue
		}
		if found := failedStatus.FindStringSubmatch(m.text); found != nil {
			if status, _ := strconv.Atoi(found[1]); t.accepted[status] {
				continue
			}
		}
		out = append(out, m)
	}
	return out
}

func (t *Tab) isForeign(url string) bool {
	for _, origin := range t.foreign {
		if strings.HasPrefix(url, origin+"/") {
			return true
		}
	}
	return false
}
