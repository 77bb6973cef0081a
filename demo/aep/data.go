package aep

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const (
	demoSeed = 20260302
	operator = "ops@northwind.example"
	tenant   = "northwind"
)

// boxPlan says how much a sandbox is given.
type boxPlan struct {
	name, title, kind string
	isDefault         bool
	people            int
	events            float64 // mean per person
}

var boxPlans = []boxPlan{
	{"prod", "Production", "production", true, 2400, 30},
	{"stage", "Staging", "production", false, 300, 12},
	{"dev", "Development", "development", false, 2500, 84},
}

// generate makes all sandboxes. Equal seeds and days give equal data.
func generate(seed uint64, today time.Time) []*sandbox {
	var boxes []*sandbox
	for i, plan := range boxPlans {
		g := newGenerator(seed, plan, i, today)
		g.fill()
		g.box.sample = g.box.takeSample(today.Add(-24*time.Hour + 3*time.Hour + 21*time.Minute + 40*time.Second))
		boxes = append(boxes, g.box)
	}
	return boxes
}

// generator fills one sandbox.
type generator struct {
	*rand.Rand
	box    *sandbox
	plan   boxPlan
	number int // of the sandbox
	today  time.Time
	emails map[string]int // how often an address was wished for
	byData [][]uint16     // successful batches by dataset, ascending by time
}

func newGenerator(seed uint64, plan boxPlan, number int, today time.Time) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, nameHash(plan.name))), plan: plan, number: number, today: today, emails: map[string]int{}}
	g.box = &sandbox{
		name: plan.name, title: plan.title, kind: plan.kind, region: "NLD2", state: "active", isDefault: plan.isDefault, etag: 4 + number,
		id: g.uuid(), created: today.AddDate(-1, -2, -9).Add(9*time.Hour + 12*time.Minute + 3*time.Second), modified: today.AddDate(0, 0, -22).Add(17 * time.Hour),
		identities: map[identityKey]*identity{},
	}
	return g
}

func nameHash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

func (g *generator) fill() {
	g.makeDatasets()
	g.makeBatches()
	g.makePolicies()
	g.makeAudiences()
	g.makeAttributes()
	g.makeKnown()
	for i := len(g.box.people); i < g.plan.people; i++ {
		g.makePerson(i)
	}
	for range g.plan.people / 10 {
		g.makeVisitor()
	}
	g.sortEvents()
	g.countBatches()
	g.makeJobs()
}

func (g *generator) uuid() string {
	a, b := g.Uint64(), g.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

func (g *generator) hex(n int) string {
	var out strings.Builder
	for out.Len() < n {
		fmt.Fprintf(&out, "%016x", g.Uint64())
	}
	return out.String()[:n]
}

const ulidAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ulid is a batch id: its first ten characters are the time.
func (g *generator) ulid(ms int64) string {
	out := make([]byte, 26)
	for i := 9; i >= 0; i-- {
		out[i] = ulidAlphabet[ms&31]
		ms >>= 5
	}
	for i := 10; i < 26; i++ {
		out[i] = ulidAlphabet[g.IntN(32)]
	}
	return string(out)
}

func (g *generator) digits(n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte('0' + g.IntN(10))
	}
	if out[0] == '0' {
		out[0] = '7'
	}
	return string(out)
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// identity finds or makes a node of the graph.
func (g *generator) identity(ns uint8, id string) *identity {
	return g.box.ensure(identityKey{ns, id})
}

// ensure finds an identity or stores it as new.
func (b *sandbox) ensure(k identityKey) *identity {
	if n := b.identities[k]; n != nil {
		return n
	}
	n := &identity{identityKey: k, n: int32(len(b.order))}
	b.identities[k] = n
	b.order = append(b.order, n)
	return n
}

// ingest stores one record: a fragment under its first identity, and links
// from it to the others. body is a compact JSON object.
func (b *sandbox) ingest(dataset, batch uint16, at int64, body []byte, ids ...*identity) {
	b.addFragment(dataset, batch, at, body, ids)
	for _, other := range ids[1:] {
		b.join(ids[0], other, dataset, batch, at, at)
	}
}

func (b *sandbox) addFragment(dataset, batch uint16, at int64, body []byte, ids []*identity) {
	ids[0].fragments = append(ids[0].fragments, fragment{dataset: dataset, batch: batch, at: at, ids: ids, body: body})
}

// join links two identities, or renews the link that a batch of the same
// dataset made before.
func (b *sandbox) join(x, y *identity, dataset, batch uint16, first, last int64) {
	for _, l := range x.links {
		if l.other(x) == y && l.dataset == dataset {
			l.first, l.last, l.batch = min(l.first, first), max(l.last, last), batch
			return
		}
	}
	l := &link{a: x, b: y, first: first, last: last, dataset: dataset, batch: batch}
	x.links = append(x.links, l)
	y.links = append(y.links, l)
}

func (g *generator) sortEvents() {
	for _, n := range g.box.order {
		slices.SortFunc(n.events, func(x, y event) int { return compareEvents(&x, &y) })
	}
}

// countBatches lets Catalog say what is really there.
func (g *generator) countBatches() {
	for _, n := range g.box.order {
		for _, f := range n.fragments {
			g.box.batches[f.batch].records++
			g.box.datasets[f.dataset].rows++
		}
		for _, e := range n.events {
			g.box.batches[e.batch].records++
			g.box.datasets[e.dataset].rows++
		}
	}
}
