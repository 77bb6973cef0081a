package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"profiledesk/demo/aep"
	"profiledesk/demo/idp"
	"profiledesk/internal/app"
)

// course is the site among the fakes in this process, and a plain reverse
// proxy to the same emulator as the yardstick.
type course struct {
	site, proxy string
	browser     *http.Client // signed in as analyst
	call        []byte       // body of the look-up as the proxy is given it
	header      http.Header
	delay       atomic.Int64 // of the emulator, ns
	metrics     string
}

func newCourse(b *testing.B) *course {
	b.Helper()
	c := &course{}
	emulator := aep.New(aep.Config{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d := c.delay.Load(); d > 0 && strings.HasSuffix(r.URL.Path, "/access/entities") {
			time.Sleep(time.Duration(d))
		}
		emulator.ServeHTTP(w, r)
	}))
	b.Cleanup(upstream.Close)
	c.startSite(b, emulator, upstream.URL)
	to, err := url.Parse(upstream.URL)
	if err != nil {
		b.Fatal(err)
	}
	plain := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 256},
	}
	proxy := httptest.NewServer(plain)
	b.Cleanup(proxy.Close)
	c.proxy = proxy.URL
	c.prepareCall(b, emulator)
	return c
}

func (c *course) startSite(b *testing.B, emulator *aep.Server, platform string) {
	dir := b.TempDir()
	line, metrics := listenAnywhere(b), listenAnywhere(b)
	idpLine := listenAnywhere(b)
	c.site, c.metrics = "http://"+line.Addr().String(), "http://"+metrics.Addr().String()
	issuer := "http://" + idpLine.Addr().String()
	provider, err := idp.New(idp.Config{Issuer: issuer, Site: []string{c.site}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: provider.Handler(), ReadHeaderTimeout: time.Minute}
	go server.Serve(idpLine)
	b.Cleanup(func() { server.Close() })
	known := emulator.Credentials()
	settings := map[string]string{
		"PUBLIC_URL": c.site, "DATABASE_URL": "sqlite:" + filepath.Join(dir, "db"), "POLICY_FILE": "demo/policy.yaml",
		"CHECKPOINT_FILE": filepath.Join(dir, "checkpoint"), "OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": provider.ClientID,
		"OIDC_CLIENT_SECRET": provider.ClientSecret, "AEP_URL": platform, "AEP_IMS_URL": platform + "/ims", "AEP_ORG_ID": known.OrgID,
		"AEP_CLIENT_ID": known.ClientID, "AEP_CLIENT_SECRET": known.ClientSecret, "AEP_SCOPES": known.Scopes,
	}
	fresh, err := app.FreshKeys()
	if err != nil {
		b.Fatal(err)
	}
	for _, key := range fresh {
		settings[key[0]] = key[1]
	}
	config, err := app.ReadConfig(func(name string) string { return settings[name] })
	if err != nil {
		b.Fatal(err)
	}
	config.AEPRate = 1e6 // the budget is leased, and does not bind
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- app.Serve(ctx, config, app.Listeners{Site: line, Metrics: metrics}, slog.New(slog.DiscardHandler), func() { close(ready) })
	}()
	b.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	select {
	case <-ready:
	case err := <-done:
		b.Fatal(err)
	}
	c.browser = newBrowser()
	c.browser.Transport = &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true, ReadBufferSize: 64 << 10} // as wrk asks, and as a proxy answers
	if err := signIn(c.browser, c.site, "analyst"); err != nil {
		b.Fatal(err)
	}
}

func listenAnywhere(b *testing.B) net.Listener {
	line, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return line
}

// prepareCall makes the request that the site sends for a look-up, for the
// proxy to forward.
func (c *course) prepareCall(b *testing.B, emulator *aep.Server) {
	known := emulator.Credentials()
	c.prepareCallFrom(b, [4]string{known.ClientID, known.ClientSecret, known.OrgID, known.Scopes})
}

func (c *course) prepareCallFrom(b *testing.B, known [4]string) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {known[0]}, "client_secret": {known[1]}, "scope": {known[3]}}
	resp, err := http.PostForm(c.proxy+"/ims/token/v3", form)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var token struct {
		Text string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil || token.Text == "" {
		b.Fatalf("token: %v", err)
	}
	c.header = http.Header{
		"Authorization": {"Bearer " + token.Text}, "X-Api-Key": {known[0]}, "X-Gw-Ims-Org-Id": {known[2]},
		"X-Sandbox-Name": {"dev"}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
	}
	c.call = []byte(`{"schema":{"name":"_xdm.context.profile"},"identities":[{"entityId":"ana.souza@example.com","entityIdNS":{"code":"Email"}}]}`)
}

// sizeOf is the length of the platform's answer for a person.
func (c *course) sizeOf(b *testing.B, email string) int {
	body := strings.ReplaceAll(string(c.call), "ana.souza@example.com", email)
	req, err := http.NewRequest(http.MethodPost, c.proxy+"/data/core/ups/access/entities", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header = c.header
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	return len(readAll(b, resp))
}

func readAll(b *testing.B, resp *http.Response) []byte {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("status %d, %v", resp.StatusCode, err)
	}
	return body
}

var linked = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

// fileLinks are the files that a gzipped page names.
func fileLinks(b *testing.B, page []byte) []string {
	r, err := gzip.NewReader(bytes.NewReader(page))
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		b.Fatal(err)
	}
	var files []string
	for _, m := range linked.FindAllSubmatch(text, -1) {
		files = append(files, string(m[1]))
	}
	return files
}

// open looks a person up and returns the address of their page.
func (c *course) open(b *testing.B, email string) string {
	resp, err := c.browser.PostForm(c.site+"/s/dev/profiles", url.Values{"q": {email}})
	if err != nil {
		b.Fatal(err)
	}
	resp.Body.Close()
	page, err := resp.Location()
	if err != nil {
		b.Fatalf("look up %s: status %d, no Location", email, resp.StatusCode)
	}
	return page.String()
}

// getPage asks for a page in the way in which getProxied asks the proxy: without
// a jar and a timer of the client's, which would be counted as the site's.
func (c *course) getPage(page string) error {
	req, err := http.NewRequest(http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	for _, cookie := range c.browser.Jar.Cookies(req.URL) {
		req.AddCookie(cookie)
	}
	resp, err := c.browser.Transport.RoundTrip(req)
	if err != nil {
		return err
	}
	return finish(resp)
}

func (c *course) getProxied() error {
	req, err := http.NewRequest(http.MethodPost, c.proxy+"/data/core/ups/access/entities", bytes.NewReader(c.call))
	if err != nil {
		return err
	}
	req.Header = c.header
	resp, err := c.browser.Transport.RoundTrip(req)
	if err != nil {
		return err
	}
	return finish(resp)
}

func finish(resp *http.Response) error {
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// BenchmarkProfilePage compares the profile page, with session, rights and the
// log on, with a reverse proxy that forwards the same look-up: requests per
// second in turns of a second each, and the median of the turns' ratios.
func BenchmarkProfilePage(b *testing.B) {
	c := newCourse(b)
	page := c.open(b, "ana.souza@example.com")
	var ratios, site, proxy []float64
	for b.Loop() {
		s := throughput(b, func() error { return c.getPage(page) })
		p := throughput(b, c.getProxied)
		site, proxy, ratios = append(site, s), append(proxy, p), append(ratios, s/p)
	}
	b.ReportMetric(c.mean(b, "commit"), "commit-ms")
	b.ReportMetric(c.mean(b, "record"), "record-ms")
	b.ReportMetric(median(site), "site-req/s")
	b.ReportMetric(median(proxy), "proxy-req/s")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(0, "ns/op")
}

// throughput is how many times a second do succeeds, with 64 at a time.
func throughput(b *testing.B, do func() error) float64 {
	const side, long = 64, time.Second
	var done atomic.Int64
	var wait sync.WaitGroup
	start := time.Now()
	for range side {
		wait.Go(func() {
			for time.Since(start) < long {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wait.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

// BenchmarkAddedLatency sends 200 requests a second, open loop, over an
// upstream of 20 ms, to site and proxy in turns: the p99 that the site adds,
// beside what the store's commits take.
func BenchmarkAddedLatency(b *testing.B) {
	c := newCourse(b)
	page := c.open(b, "ana.souza@example.com")
	c.delay.Store(int64(20 * time.Millisecond))
	var added, site, proxy []float64
	for b.Loop() {
		s := openLoop(b, func() error { return c.getPage(page) })
		p := openLoop(b, c.getProxied)
		site, proxy, added = append(site, s), append(proxy, p), append(added, s-p)
	}
	b.ReportMetric(median(site), "site-p99-ms")
	b.ReportMetric(median(proxy), "proxy-p99-ms")
	b.ReportMetric(median(added), "added-p99-ms")
	b.ReportMetric(c.recordP99(b), "record-p99-below-ms")
	b.ReportMetric(0, "ns/op")
}

// openLoop starts 200 requests a second for five seconds, whether or not
// earlier ones were answered, and returns the 99th percentile in ms.
func openLoop(b *testing.B, do func() error) float64 {
	const rate, long = 200, 5 * time.Second
	n := int(rate * long.Seconds())
	took := make([]float64, n)
	var wait sync.WaitGroup
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for i := range n {
		<-tick.C
		wait.Go(func() {
			start := time.Now()
			if err := do(); err != nil {
				b.Error(err)
			}
			took[i] = float64(time.Since(start).Microseconds()) / 1000
		})
	}
	wait.Wait()
	slices.Sort(took)
	return took[n*99/100]
}

// mean is the mean of the store's waits for what, in ms.
func (c *course) mean(b *testing.B, what string) float64 {
	var sum, count float64
	for line := range strings.Lines(c.readMetrics(b)) {
		fmt.Sscanf(line, `profiledesk_store_seconds_sum{what="`+what+`"} %g`, &sum)
		fmt.Sscanf(line, `profiledesk_store_seconds_count{what="`+what+`"} %g`, &count)
	}
	return sum / count * 1000
}

func (c *course) readMetrics(b *testing.B) string {
	resp, err := http.Get(c.metrics + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	return string(readAll(b, resp))
}

// recordP99 is the upper bound of the bucket in which the 99th percentile of
// the store's waits for a record lies.
func (c *course) recordP99(b *testing.B) float64 {
	var total float64
	type bucket struct{ le, n float64 }
	var buckets []bucket
	for line := range strings.Lines(c.readMetrics(b)) {
		var one bucket
		if _, err := fmt.Sscanf(line, `profiledesk_store_seconds_bucket{what="record",le="%f"} %f`, &one.le, &one.n); err == nil {
			buckets = append(buckets, one)
		}
		fmt.Sscanf(line, `profiledesk_store_seconds_count{what="record"} %f`, &total)
	}
	for _, one := range buckets {
		if one.n >= 0.99*total {
			return one.le * 1000
		}
	}
	return -1
}

// BenchmarkBigProfile opens the profile of 2 MB in a process of its own, alone
// and eight at a time: bytes of HTML, bytes sent, and the peak of the process's
// memory above idle as a multiple of the bytes in flight.
func BenchmarkBigProfile(b *testing.B) {
	p := newProcess(b)
	page := p.open(b, "big@example.com")
	upstream := p.upstream(b)
	if err := p.getPage(page); err != nil { // schema, policies and datasets are loaded once
		b.Fatal(err)
	}
	var html, sent int
	for b.Loop() {
		resp, err := p.browser.Get(page)
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Fatalf("status %d, %v", resp.StatusCode, err)
		}
		html, sent = len(body), zipped(body)
	}
	const side = 8
	p.settle(b)
	idle := p.memory(b, "VmRSS")
	p.resetPeak(b)
	var wait sync.WaitGroup
	for range side {
		wait.Go(func() {
			for range 5 {
				if err := p.getPage(page); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wait.Wait()
	peak := float64(p.memory(b, "VmHWM") - idle)
	b.ReportMetric(float64(upstream)/1e6, "upstream-MB")
	b.ReportMetric(float64(html)/1024, "html-KB")
	b.ReportMetric(float64(sent)/1024, "sent-KB")
	b.ReportMetric(peak/float64(side*upstream), "peak/in-flight")
	b.ReportMetric(peak/1e6, "peak-MB")
}

func zipped(body []byte) int {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, 1)
	w.Write(body)
	w.Close()
	return out.Len()
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
