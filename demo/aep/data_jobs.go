package aep

import (
	"fmt"
	"time"
)

// makeJobs makes the past: exports, system jobs, work orders and expirations
// that ended before today, and a few that still wait.
func (g *generator) makeJobs() {
	g.makeExports()
	g.makeSystemJobs()
	g.makeWorkOrders()
	g.makeExpirations()
}

func (g *generator) ago(days int) time.Time {
	return g.today.AddDate(0, 0, -days).Add(time.Duration(6*60+g.IntN(600)) * time.Minute)
}

func (g *generator) makeExports() {
	target := g.box.datasets[dsExport]
	for i := range 12 {
		at := g.ago(44 - 3*i).UnixMilli()
		j := &exportJob{
			id: 40_100 + 9*i, status: "SUCCEEDED", fields: "personalEmail.address,person.name", policy: g.box.policies[0].id, target: target.id,
			audience: g.box.audiences[i], batch: g.ulid(at), profiles: 40 + g.IntN(900), created: at, ended: at + 420_000 + int64(g.IntN(200_000)),
		}
		switch i {
		case 3:
			j.status, j.failure, j.profiles = "FAILED", "The destination dataset is not based on the profile union schema", 0
		case 7:
			j.status, j.failure, j.profiles = "FAILED", "The merge policy was deleted while the job ran", 0
		case 9:
			j.audience = nil
		}
		g.box.exports = append(g.box.exports, j)
	}
}

func (g *generator) makeSystemJobs() {
	for i := range 6 {
		at := g.ago(80 - 11*i)
		j := &systemJob{id: g.uuid(), dataset: g.box.datasets[dsMail].id, done: i != 2, failed: i == 2, records: g.IntN(9000), created: at, updated: at.Add(14 * time.Second)}
		if i%2 == 0 { // of a dataset that is long gone
			j.dataset = "66ef" + g.hex(20)
		} else {
			j.batch = g.ulid(at.UnixMilli() - 90_000_000)
		}
		g.box.systemJobs = append(g.box.systemJobs, j)
	}
}

func (g *generator) makeWorkOrders() {
	for i := range 7 {
		at := g.ago(62 - 10*i)
		o := &workOrder{
			id: "DI-" + g.uuid(), bundle: "BN-" + g.uuid(), dataset: "ALL", datasetName: "ALL", identities: 1 + g.IntN(400), status: "completed",
			name: fmt.Sprintf("Erasure batch %s", at.Format("2006-01-02")), description: fmt.Sprintf("Opt-outs from store %d", 10+i), created: at, updated: at.AddDate(0, 0, 9),
		}
		switch i {
		case 2:
			d := g.box.datasets[dsLoyalty]
			o.dataset, o.datasetName = d.id, d.name
		case 3:
			o.status = "failed"
		case 5:
			o.status, o.updated = "ingested", at.AddDate(0, 0, 2)
		case 6:
			o.status, o.updated = "submitted", at.AddDate(0, 0, 1)
		}
		g.box.workOrders = append(g.box.workOrders, o)
	}
}

func (g *generator) makeExpirations() {
	for _, p := range []struct {
		dataset uint8
		status  string
		days    int
	}{{dsStores, "cancelled", 90}, {dsProducts, "pending", 150}} {
		d := g.box.datasets[p.dataset]
		t := &expiration{
			id: "SD-" + g.uuid(), name: "Expire " + d.table, dataset: d, status: p.status, expiry: g.today.AddDate(0, 0, p.days), updated: g.ago(20),
		}
		if p.status == "pending" {
			d.expiry = t.expiry.UnixMilli()
		}
		g.box.ttls = append(g.box.ttls, t)
	}
}
