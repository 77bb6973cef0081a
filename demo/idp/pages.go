package idp

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages
var files embed.FS

// page is a template file in the frame they all share, in one language.
type page struct{ name, language string }

var pages = parsePages()

func parsePages() map[page]*template.Template {
	out := map[page]*template.Template{}
	for _, language := range languages {
		words := template.FuncMap{
			"lang": func() string { return language },
			"t":    func(english string) string { return say(language, english) },
		}
		for _, name := range []string{"login.html", "signout.html", "message.html"} {
			out[page{name, language}] = template.Must(template.New(name).Funcs(words).ParseFS(files, "pages/frame.html", "pages/"+name))
		}
	}
	return out
}

// loginPage is what the sign-in page shows.
type loginPage struct {
	Request  string // the sign-in that waits
	Username string
	Error    string // a sentence in English, as all that is handed to a page; see words.go
	Again    bool   // somebody is signed in here, and the site wants it done again
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
	in := pages[page{name, readerLanguage(r)}]
	if err := in.ExecuteTemplate(&b, "frame.html", data); err != nil {
		p.log.ErrorContext(r.Context(), "render", "page", name, "err", err)
		http.Error(w, "this page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
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
