package idp

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages
var files embed.FS

// page names a template file beside the frame they share.
func page(name string) *template.Template {
	return template.Must(template.ParseFS(files, "pages/frame.html", "pages/"+name))
}

var pages = map[string]*template.Template{
	"login.html":   page("login.html"),
	"signout.html": page("signout.html"),
	"message.html": page("message.html"),
}

// loginPage is what the sign-in page shows.
type loginPage struct {
	Request  string // the sign-in that waits
	Username string
	Error    string
	Again    bool // somebody is signed in here, and the site wants it done again
	Password string
	Accounts []account
}

// message is a page of a title and a sentence: an error, or the end of a session.
type message struct {
	Title, Text string
	Links       []string
}

// show renders into a buffer first: a page that fails halfway is a 500, not half a page.
func (p *Provider) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	if err := pages[name].ExecuteTemplate(&b, "frame.html", data); err != nil {
		p.log.ErrorContext(r.Context(), "render", "page", name, "err", err)
		http.Error(w, "this page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

func (p *Provider) fail(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	p.show(w, r, status, "message.html", message{Title: title, Text: text, Links: p.site})
}

func (p *Provider) notFound(w http.ResponseWriter, r *http.Request) {
	p.fail(w, r, http.StatusNotFound, "No such page", "This provider only signs people in to the demo.")
}

func (p *Provider) home(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, "message.html", message{
		Title: "The demo's sign-in provider", Text: "Nothing is to be done here: the site sends you when you sign in.", Links: p.site,
	})
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=300")
	http.ServeFileFS(w, r, files, "pages/style.css")
}
