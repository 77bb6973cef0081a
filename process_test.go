package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"profiledesk/internal/app"
)

// process is the built binary among the demo's fakes, each a process of its
// own, so that what the site takes is the site's alone.
type process struct {
	*course
	site     *exec.Cmd
	fakes    *exec.Cmd
	binary   string
	settings []string
	address  string
	control  string
}

func newProcess(b *testing.B) *process {
	b.Helper()
	dir := b.TempDir()
	p := &process{course: &course{}, binary: filepath.Join(dir, "profiledesk")}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", p.binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	line := listenAnywhere(b)
	p.address = line.Addr().String()
	line.Close()
	p.course.site = "http://" + p.address
	p.startFakes(b, dir)
	p.startSite(b)
	b.Cleanup(func() {
		p.stopSite(b)
		p.fakes.Process.Kill()
		p.fakes.Wait()
	})
	p.browser = newBrowser()
	p.browser.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	if err := signIn(p.browser, p.course.site, "analyst"); err != nil {
		b.Fatal(err)
	}
	return p
}

func (p *process) startFakes(b *testing.B, dir string) {
	p.fakes = exec.Command(demo, "-only", "fakes", "-site", p.course.site)
	stdout, err := p.fakes.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := p.fakes.Start(); err != nil {
		b.Fatal(err)
	}
	said := map[string]string{}
	for scan := bufio.NewScanner(stdout); said["ready"] == "" && scan.Scan(); {
		name, value, _ := strings.Cut(scan.Text(), " ")
		said[name] = value
	}
	var known map[string]string
	if err := json.Unmarshal([]byte(said["credentials"]), &known); err != nil {
		b.Fatalf("credentials: %v", err)
	}
	p.control = said["control"]
	p.settings = []string{
		"ADDR=" + p.address, "PUBLIC_URL=" + p.course.site, "DATABASE_URL=sqlite:" + filepath.Join(dir, "db"), "POLICY_FILE=demo/policy.yaml",
		"CHECKPOINT_FILE=" + filepath.Join(dir, "checkpoint"), "OIDC_ISSUER=" + said["idp"], "OIDC_CLIENT_ID=" + known["oidc_client_id"],
		"OIDC_CLIENT_SECRET=" + known["oidc_client_secret"], "AEP_URL=" + said["aep"], "AEP_IMS_URL=" + said["aep"] + "/ims",
		"AEP_ORG_ID=" + known["org_id"], "AEP_CLIENT_ID=" + known["client_id"], "AEP_CLIENT_SECRET=" + known["client_secret"], "AEP_SCOPES=" + known["scopes"],
	}
	fresh, err := app.FreshKeys()
	if err != nil {
		b.Fatal(err)
	}
	for _, key := range fresh {
		p.settings = append(p.settings, key[0]+"="+key[1])
	}
}

// startSite starts the binary and returns how long it took to answer.
func (p *process) startSite(b *testing.B) time.Duration {
	p.site = exec.Command(p.binary, "serve")
	p.site.Env = p.settings
	start := time.Now()
	if err := p.site.Start(); err != nil {
		b.Fatal(err)
	}
	for time.Since(start) < 20*time.Second {
		resp, err := http.Get(p.course.site + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return time.Since(start)
			}
		}
		time.Sleep(500 * time.Microsecond)
	}
	b.Fatal("the site did not start")
	return 0
}

func (p *process) stopSite(b *testing.B) {
	if err := p.site.Process.Signal(os.Interrupt); err != nil {
		b.Error(err)
	}
	if err := p.site.Wait(); err != nil {
		b.Error(err)
	}
}

// memory is a figure of the site's process in bytes.
func (p *process) memory(b *testing.B, name string) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.site.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return kb << 10
		}
	}
	b.Fatalf("no %s", name)
	return 0
}

// resetPeak makes VmHWM start anew.
func (p *process) resetPeak(b *testing.B) {
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.site.Process.Pid), []byte("5"), 0); err != nil {
		b.Fatal(err)
	}
}

// settle waits until the process has given back what it will.
func (p *process) settle(b *testing.B) {
	last := p.memory(b, "VmRSS")
	for range 20 {
		time.Sleep(2 * time.Second)
		now := p.memory(b, "VmRSS")
		if now > last-1<<20 {
			return
		}
		last = now
	}
}

// upstream is the size of the platform's answer for the largest profile, from
// the emulator itself.
func (p *process) upstream(b *testing.B) int {
	c := &course{proxy: p.aep()}
	c.prepareCallFrom(b, p.credentials())
	return c.sizeOf(b, "big@example.com")
}

func (p *process) setting(name string) string {
	for _, s := range p.settings {
		if value, ok := strings.CutPrefix(s, name+"="); ok {
			return value
		}
	}
	return ""
}

func (p *process) aep() string { return p.setting("AEP_URL") }

func (p *process) credentials() [4]string {
	return [4]string{p.setting("AEP_CLIENT_ID"), p.setting("AEP_CLIENT_SECRET"), p.setting("AEP_ORG_ID"), p.setting("AEP_SCOPES")}
}

// BenchmarkStart starts the built binary on an existing SQLite file and waits
// for the first /readyz of 200. It also reports what lies still.
func BenchmarkStart(b *testing.B) {
	p := newProcess(b)
	var took []float64
	for b.Loop() {
		b.StopTimer()
		p.stopSite(b)
		b.StartTimer()
		took = append(took, float64(p.startSite(b).Microseconds())/1000)
	}
	time.Sleep(60 * time.Second)
	info, err := os.Stat(p.binary)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(median(took), "start-ms")
	b.ReportMetric(float64(p.memory(b, "VmRSS"))/1e6, "resident-MB-after-60s")
	b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
	b.ReportMetric(p.firstLoad(b), "first-load-KB")
}

// firstLoad is what a browser is sent for the first page and its files.
func (p *process) firstLoad(b *testing.B) float64 {
	browser := newBrowser()
	get := func(path string) []byte {
		req, err := http.NewRequest(http.MethodGet, p.course.site+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip")
		resp, err := browser.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		return readAll(b, resp)
	}
	sent := 0
	page := get("/login")
	sent += len(page)
	for _, file := range fileLinks(b, page) {
		sent += len(get(file))
	}
	return float64(sent) / 1024
}
