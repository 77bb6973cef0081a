package aep

import (
	"fmt"
	"strings"
)

// makeKnown makes the people whom the demo's documents name. They live in dev;
// one of them lives in prod as well, with other values.
func (g *generator) makeKnown() {
	switch g.plan.name {
	case "dev":
		g.makeAna()
		g.makeManyIDs()
		g.makeManyEvents()
		g.makeBig()
		g.makeEmpty()
		g.makeBoth("Bruno", "Azevedo", place{"Curitiba", "PR", "80020"})
		g.makeOdd()
	case "prod":
		g.makeBoth("Bruno Henrique", "Azevedo Neto", place{"Lisboa", "LI", "10001"})
	}
}

func (g *generator) known(i int, name, first, last string) human {
	h := g.human(i)
	h.kind, h.first, h.last, h.email, h.phoned = name, first, last, name+"@example.com", true
	g.emails[name]++
	return h
}

func (g *generator) makeAna() {
	h := g.known(0, "ana.souza", "Ana", "Souza")
	h.kind = "ordinary"
	h.birth, h.gender, h.phone, h.cpf = "1988-04-17", "female", "+5511987654321", "529.982.247-25"
	h.street, h.place, h.zip = "Rua Augusta, 1508, ap. 62", place{"São Paulo", "SP", "01304"}, "01304-001"
	h.old = place{"Campinas", "SP", "13010"}
	h.crm, h.loyalty, h.ecids, h.events = "C-0004711", "900117", []string{"71833402196650012345678901234567890123", "30418829573301984412056677889900112233"}, 140
	mail := g.store(h, true, true, true)
	g.record(dsSupport, supportBody(g, h), mail)
	crm := g.identity(nsCRM, h.crm)
	crm.memberships = nil
	for a := range uint16(6) {
		at := g.today.AddDate(0, 0, -3-5*int(a)).UnixMilli() + 15_000_000
		crm.memberships = append(crm.memberships, membership{audience: a * 4, exited: a == 4, at: at})
	}
}

// makeManyIDs links 51 identities, one more than look-ups take.
func (g *generator) makeManyIDs() {
	h := g.known(1, "many.ids", "Mariana", "Ids")
	h.ecids, h.events = nil, 20
	for range 48 {
		h.ecids = append(h.ecids, g.digits(38))
	}
	g.store(h, false, true, false)
}

func (g *generator) makeManyEvents() {
	h := g.known(2, "many.events", "Evandro", "Muitos")
	h.events = 5000
	g.store(h, true, true, true)
}

// makeBig stores about 2 MB of attributes, thousands of leaves.
func (g *generator) makeBig() {
	h := g.known(3, "big", "Bianca", "Grande")
	h.events = 10
	mail := g.store(h, true, true, true)
	traits := object{}
	for i := range 3000 {
		traits[fmt.Sprintf("trait%04d", i)] = object{
			"score": g.IntN(1000), "source": pick(g, []string{"model", "survey", "partner"}), "updatedOn": g.day(g.IntN(300)),
			"note": g.prose(570),
		}
	}
	g.record(dsApp, mustJSON(object{"_northwind": object{"traits": traits}}), mail)
}

var proseWords = strings.Fields("visited the store near the river and asked about delivery before the holiday then compared three models in the app kept one in the cart for a week returned the first pair wrote a friendly review prefers quiet hours and short messages reads offers on Friday evening buys for a family of four likes blue and green")

func (g *generator) prose(n int) string {
	var out strings.Builder
	for out.Len() < n {
		out.WriteString(pick(g, proseWords))
		out.WriteByte(' ')
	}
	return out.String()[:n-1]
}

// makeEmpty is known to the identity graph and stored nowhere.
func (g *generator) makeEmpty() {
	mail, crm := g.identity(nsEmail, "empty@example.com"), g.identity(nsCRM, "C-0009999")
	at := g.today.AddDate(0, 0, -40).UnixMilli()
	g.box.join(crm, mail, uint16(dsCRM), g.batchAt(dsCRM, at), at, at+86_400_000)
	g.box.people = append(g.box.people, person{email: mail, kind: "empty"})
	g.emails["empty"]++
}

func (g *generator) makeBoth(first, last string, home place) {
	h := g.known(5, "both", first, last)
	h.place, h.crm, h.loyalty, h.events = home, "C-0005050", "905050", 60
	g.store(h, true, true, true)
}

// makeOdd has values that a careless page would break on.
func (g *generator) makeOdd() {
	h := g.known(6, "odd", `Zoë "Zo" O'Neil-أحمد`, "<script>alert('odd')</script>")
	h.street, h.events = "=cmd|' /C calc'!A0", 12
	h.place = place{"עיר שלום", "ÅÄ", "00000"}
	mail := g.store(h, false, true, true)
	g.record(dsSupport, mustJSON(object{"_northwind": object{"remarks": object{
		"markup": `<script>alert("x")</script><img src=x onerror=alert(1)>`, "formula": "=cmd()", "plus": "+1+1", "at": "@SUM(A1:A9)",
		"rtl": "مرحبا بالعالم \u202eabc\u202c", "emoji": "👩🏽‍💻🇧🇷 zero\u200bwidth", "quotes": `"double" 'single' \back\slash`, "lines": "one\ntwo\tthree",
		"long": strings.Repeat("nobreak", 60), "blank": "", "path": "../../etc/passwd", "sql": "'; DROP TABLE people; --", "template": "{{.}} ${x} %s",
	}}}), mail)
}
