// Command screenshots writes a picture of every page of the site, over the data of
// the demo: at 1440 and 390 px, light and dark, in both languages.
//
//	go run ./screenshots -out ../screenshots [-only profile]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
	"profiledesk/e2e/tour"
)

func main() {
	out := flag.String("out", "screenshots", "`folder` to write to")
	only := flag.String("only", "", "pages whose name begins with `this`")
	site := flag.String("site", "", "a demo that runs already, instead of one of our own")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *out, *only, *site); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, only, site string) (err error) {
	dir, err := os.MkdirTemp("", "screenshots")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if site == "" {
		binaries, err := stand.Build(ctx, dir)
		if err != nil {
			return err
		}
		demo, err := binaries.StartDemo(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, demo.Stop()) }()
		site = demo.Site
	}
	if why := stand.Missing(stand.Browser); why != "" {
		return errors.New(why)
	}
	b, err := browser.Start(ctx, stand.BrowserPath(), filepath.Join(dir, "chromium"))
	if err != nil {
		return err
	}
	defer b.Close()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	defer func() { // a step that did not find what it looks for
		if s, ok := recover().(stuck); ok {
			err = errors.New(string(s))
		}
	}()
	for _, language := range []string{"en", "pt-BR"} {
		for _, dark := range []bool{false, true} {
			for _, width := range []int64{1440, 390} {
				if err := pictures(b, site, out, only, browser.View{Width: width, Height: 900, Dark: dark, Language: language}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tallest is how many pixels of a long page its picture shows.
const tallest = 2400

// pictures writes the pages in one view, as NAME-LANGUAGE-WIDTH-SCHEME.png.
func pictures(b *browser.Browser, site, out, only string, v browser.View) error {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	tabs := map[string]*browser.Tab{}
	for _, page := range tour.Pages {
		if !strings.HasPrefix(page.Name, only) {
			continue
		}
		tab := tabs[page.Account]
		if tab == nil {
			tab = b.Open(reporter{}, v)
			defer tab.Close()
			tab.Accept(401, 403, 404, 422)
			if page.Account != "" {
				tour.SignIn(tab, site, page.Account)
			}
			tabs[page.Account] = tab
		}
		page.Open(tab, site)
		tab.Wait(page.Shows)
		name := fmt.Sprintf("%s-%s-%d-%s.png", page.Name, v.Language, v.Width, scheme)
		if err := os.WriteFile(filepath.Join(out, name), tab.PNG(tallest), 0o644); err != nil {
			return err
		}
		fmt.Println(name)
	}
	return nil
}

// stuck is what a tab said when it could not go on.
type stuck string

type reporter struct{}

func (reporter) Helper()                      {}
func (reporter) Errorf(f string, args ...any) { fmt.Fprintf(os.Stderr, f+"\n", args...) }
func (reporter) Fatalf(f string, args ...any) { panic(stuck(fmt.Sprintf(f, args...))) }
