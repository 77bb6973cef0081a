package aep

import "time"

type audiencePlan struct{ name, expression string }

// audiencePlans are 20 segment definitions; the last five audiences come from
// elsewhere.
var audiencePlans = []audiencePlan{
	{"Big spenders", "_northwind.SystemComputedAttributes.spend30d > 400"},
	{"Frequent buyers", "_northwind.SystemComputedAttributes.orders90d >= 4"},
	{"Gold and platinum", `_northwind.loyalty.tier in ["gold", "platinum"]`},
	{"Lives in São Paulo", `homeAddress.city = "São Paulo"`},
	{"Opened a mail this week", `xEvent[eventType = "directMarketing.emailOpened" and timestamp occurs <= 7 days before now].count() > 0`},
	{"Left a cart", "_northwind.SystemComputedAttributes.cartsWeek > 0"},
	{"Newsletter readers", "_northwind.preferences.newsletter = true"},
	{"Says yes to mail", `consents.marketing.email.val = "y"`},
	{"Says no to SMS", `consents.marketing.sms.val = "n"`},
	{"Many points", "_northwind.loyalty.points > 30000"},
	{"Open tickets", "_northwind.support.openTickets > 0"},
	{"Unhappy with support", "_northwind.support.satisfaction <= 2"},
	{"App shoppers", `_northwind.preferences.channel = "app"`},
	{"Visited a store", `xEvent[eventType = "location.entry"].count() > 0`},
	{"Born before 1970", "person.birthYear < 1970"},
	{"Segment A", `_northwind.customer.segment = "A"`},
	{"High credit limit", "_northwind.customer.creditLimit > 10000"},
	{"Large single order", "_northwind.SystemComputedAttributes.largestOrder > 450"},
	{"Portuguese speakers", `_northwind.preferences.language = "pt-BR"`},
	{"Busy visitors", "_northwind.SystemComputedAttributes.pageViews7d >= 10"},
}

var externalPlans = []struct{ name, namespace, id string }{
	{"Panel households", "AAM", "20419372"},
	{"Lookalike of buyers", "AAM", "20419388"},
	{"Trade fair guests", "CustomerUpload", "fair-2025"},
	{"Partner card holders", "CustomerUpload", "partner-card"},
	{"Press list", "CustomerUpload", "press"},
}

func (g *generator) makeAudiences() {
	times := func(i int) (int64, int64) {
		return g.today.AddDate(0, 0, -300+7*i).Add(8 * time.Hour).Unix(), g.today.AddDate(0, 0, -40+i).Add(9 * time.Hour).Unix()
	}
	for i, p := range audiencePlans {
		a := &audience{
			id: g.uuid(), name: p.name, description: "For the demo: " + p.name, namespace: "AEPSegments", expression: p.expression,
			policy: g.box.policies[0].id, lifecycle: "published", streaming: i%5 == 4,
		}
		if i == 11 || i == 14 {
			a.lifecycle = "draft"
		}
		a.audienceID = a.id
		a.created, a.updated = times(i)
		g.box.audiences = append(g.box.audiences, a)
	}
	for i, p := range externalPlans {
		a := &audience{id: g.uuid(), audienceID: p.id, name: p.name, description: "From outside: " + p.name, namespace: p.namespace, lifecycle: "published"}
		a.created, a.updated = times(20 + i)
		g.box.audiences = append(g.box.audiences, a)
	}
}

// makeMemberships puts a person into up to six audiences. Who left one more
// than a month ago is forgotten.
func (g *generator) makeMemberships(n *identity) {
	for i := g.IntN(5); i < len(g.box.audiences); i += 2 + g.IntN(8) {
		m := membership{audience: uint16(i), exited: g.chance(0.15), at: g.today.Add(-time.Duration(1+g.IntN(28*24)) * time.Hour).UnixMilli()}
		if g.box.audiences[i].lifecycle == "published" {
			n.memberships = append(n.memberships, m)
		}
	}
}
