package aep

import (
	"fmt"
	"strings"
	"time"
)

var (
	firstNames = []string{"Beatriz", "Carlos", "Daniela", "Eduardo", "Fernanda", "Gustavo", "Helena", "Igor", "Juliana", "Kaique", "Larissa", "Marcelo", "Natália", "Otávio", "Patrícia", "Rafael", "Sofia", "Thiago", "Vanessa", "Wagner", "Yasmin", "Anders", "Ingrid", "Maja", "Oskar", "Amara", "Kofi", "Mei", "Ravi", "Chloé"}
	lastNames  = []string{"Almeida", "Barbosa", "Cardoso", "Dias", "Esteves", "Ferreira", "Gonçalves", "Henriques", "Lima", "Machado", "Nascimento", "Oliveira", "Pereira", "Ribeiro", "Santos", "Teixeira", "Vieira", "Araújo", "Moreira", "Campos", "Lindqvist", "Berg", "Nilsson", "Okafor", "Mensah", "Chen", "Patel", "Dubois"}
	streets    = []string{"Rua das Acácias", "Avenida Atlântica", "Rua XV de Novembro", "Alameda Santos", "Rua do Comércio", "Avenida Ipiranga", "Rua Bela Vista", "Travessa do Porto"}
	places     = []place{{"São Paulo", "SP", "01310"}, {"Rio de Janeiro", "RJ", "22021"}, {"Curitiba", "PR", "80020"}, {"Belo Horizonte", "MG", "30130"}, {"Porto Alegre", "RS", "90010"}, {"Recife", "PE", "50030"}, {"Salvador", "BA", "40020"}, {"Fortaleza", "CE", "60060"}, {"Florianópolis", "SC", "88010"}}
	tiers      = []string{"bronze", "silver", "gold", "platinum"}
	shopWays   = []string{"app", "web", "store"}
	shops      = []string{"Shopping Aurora", "Galeria Central", "Outlet Norte", "Mercado das Flores", "Parque Sul", "Estação Verde"}
)

type place struct{ city, state, zip string }

// human is what a generated person is like, before the datasets each tell
// their own version of it.
type human struct {
	first, last, email, phone, birth, gender, cpf, street, zip string
	place, old                                                 place // old: where somebody lived before
	kind                                                       string
	crm, loyalty                                               string
	ecids                                                      []string
	events                                                     int
	phoned                                                     bool // the phone number is an identity, too
}

var plainLetters = strings.NewReplacer("á", "a", "ã", "a", "â", "a", "é", "e", "ê", "e", "í", "i", "ó", "o", "ô", "o", "ú", "u", "ç", "c", " ", "")

// human draws a person. Number i makes customer and card numbers unique.
func (g *generator) human(i int) human {
	h := human{first: pick(g, firstNames), last: pick(g, lastNames), place: pick(g, places), old: pick(g, places), kind: "ordinary", gender: pick(g, []string{"female", "male", "not_specified"})}
	h.email = g.address(plainLetters.Replace(lower(h.first) + "." + lower(h.last)))
	h.phone = "+5511" + "9" + g.digits(8)
	h.birth = time.Date(1950+g.IntN(56), time.Month(1+g.IntN(12)), 1+g.IntN(28), 0, 0, 0, 0, time.UTC).Format("2006-01-02")
	h.cpf = g.cpf()
	h.street = fmt.Sprintf("%s, %d", pick(g, streets), 1+g.IntN(1900))
	h.zip = h.place.zip + "-" + g.digits(3)
	h.crm = fmt.Sprintf("C-%07d", 1_000_000*(g.number+1)+i)
	h.loyalty = fmt.Sprintf("9%05d", 10_000+i)
	h.ecids = []string{g.digits(38)}
	if g.chance(0.3) {
		h.ecids = append(h.ecids, g.digits(38))
	}
	h.events = int(g.ExpFloat64()*g.plan.events*0.9 + g.plan.events*0.12)
	return h
}

func (g *generator) address(name string) string {
	g.emails[name]++
	if n := g.emails[name]; n > 1 {
		return fmt.Sprintf("%s%d@example.com", name, n)
	}
	return name + "@example.com"
}

// cpf is a Brazilian tax number whose check digits are right.
func (g *generator) cpf() string {
	d := make([]int, 11)
	for i := range 9 {
		d[i] = g.IntN(10)
	}
	for n := 9; n < 11; n++ {
		sum := 0
		for i := range n {
			sum += d[i] * (n + 1 - i)
		}
		if d[n] = sum * 10 % 11; d[n] == 10 {
			d[n] = 0
		}
	}
	return fmt.Sprintf("%d%d%d.%d%d%d.%d%d%d-%d%d", d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10])
}

func (g *generator) makePerson(i int) {
	h := g.human(i)
	g.store(h, g.chance(0.6), g.chance(0.75), g.chance(0.5))
}

// store writes a person down as the datasets know them. They disagree on
// purpose: an old address here, a nickname there.
func (g *generator) store(h human, card, web, consent bool) *identity {
	mail, crm := g.identity(nsEmail, h.email), g.identity(nsCRM, h.crm)
	var loyalty *identity
	ids := []*identity{crm, mail}
	if h.phoned || g.chance(0.8) {
		ids = append(ids, g.identity(nsPhone, h.phone))
	}
	if h.phoned { // the people whom documents name read as the CRM has them
		g.recordIn(g.newest(dsCRM), dsCRM, crmBody(g, h), ids...)
	} else {
		g.record(dsCRM, crmBody(g, h), ids...)
	}
	if card {
		loyalty = g.identity(nsLoyalty, h.loyalty)
		g.record(dsLoyalty, loyaltyBody(g, h), loyalty, mail)
	}
	var ecids []*identity
	if web {
		for n, e := range h.ecids {
			ecid := g.identity(nsECID, e)
			ecids = append(ecids, ecid)
			dataset := dsWebProfiles
			if n > 0 {
				dataset = dsApp
			}
			g.record(dataset, webBody(g, h, n), ecid, mail)
		}
	}
	if consent {
		g.record(dsConsents, consentBody(g), mail)
	}
	if g.chance(0.12) {
		g.record(dsSupport, supportBody(g, h), mail)
	}
	g.makeEvents(h.events, crm, mail, loyalty, ecids)
	g.makeMemberships(crm)
	g.box.people = append(g.box.people, person{email: mail, kind: h.kind})
	return mail
}

// record ingests one record with one of the dataset's batches.
func (g *generator) record(dataset uint8, body []byte, ids ...*identity) {
	g.recordIn(pick(g, g.byData[dataset]), dataset, body, ids...)
}

// newest is the last batch that brought data to a dataset.
func (g *generator) newest(dataset uint8) uint16 {
	return g.byData[dataset][len(g.byData[dataset])-1]
}

func (g *generator) recordIn(batch uint16, dataset uint8, body []byte, ids ...*identity) {
	at := g.box.batches[batch].created + int64(g.IntN(80_000)) + 10_000
	g.box.ingest(uint16(dataset), batch, at, body, ids...)
	if g.chance(0.5) { // seen earlier already
		for _, l := range ids[0].links {
			l.first = min(l.first, at-int64(1+g.IntN(200))*86_400_000)
		}
	}
}

// makeVisitor stores somebody who never said who they are: one device, one
// record, a few events.
func (g *generator) makeVisitor() {
	ecid := g.identity(nsECID, g.digits(38))
	body := mustJSON(object{"_northwind": object{"preferences": object{"language": pick(g, []string{"pt-BR", "en-US"}), "channel": "web"}}})
	batch := pick(g, g.byData[dsWebProfiles])
	g.recordIn(batch, dsWebProfiles, body, ecid)
	for range g.IntN(6) {
		at := ecid.fragments[0].at - int64(1+g.IntN(5))*3_600_000
		ecid.events = append(ecid.events, event{at: at, seed: g.Uint64(), dataset: dsWebEvents, batch: g.batchAt(dsWebEvents, at), shape: uint8(g.IntN(2))})
	}
}

func crmBody(g *generator, h human) []byte {
	own := object{"taxId": h.cpf, "customer": object{"number": h.crm, "segment": pick(g, []string{"A", "B", "C"}), "since": g.day(400 + g.IntN(2600)), "creditLimit": 500 * g.IntN(30)}}
	if h.phoned {
		own["orders"] = recentOrders(g)
	}
	return mustJSON(object{
		"person":        object{"name": object{"firstName": h.first, "lastName": h.last, "fullName": h.first + " " + h.last}, "birthDate": h.birth, "gender": h.gender},
		"homeAddress":   object{"street1": h.street, "city": h.place.city, "stateProvince": h.place.state, "postalCode": h.zip, "country": "Brasil", "countryCode": "BR"},
		"mobilePhone":   object{"number": h.phone, "primary": true},
		"personalEmail": object{"address": h.email},
		"_northwind":    own,
	})
}

// recentOrders is a customer's last orders as the CRM sums them up.
func recentOrders(g *generator) object {
	var recent []object
	total := 0
	for i := range 3 {
		cents := 2990 + g.IntN(60_000)
		total += cents
		recent = append(recent, object{
			"number": "P-" + g.digits(7), "placedOn": g.day(130 + 17*i + g.IntN(15)), "total": float64(cents) / 100, "currency": "BRL",
			"store": pick(g, shops), "channel": pick(g, shopWays), "articles": []string{pick(g, products), pick(g, products)},
			"note": g.prose(960),
		})
	}
	return object{"count": len(recent), "total": float64(total) / 100, "recent": recent}
}

func loyaltyBody(g *generator, h human) []byte {
	return mustJSON(object{
		"person":      object{"name": object{"firstName": h.first, "lastName": strings.ToUpper(h.last)}},
		"homeAddress": object{"city": h.old.city, "stateProvince": h.old.state, "countryCode": "BR"},
		"_northwind":  object{"loyalty": object{"number": h.loyalty, "tier": pick(g, tiers), "points": g.IntN(48_000), "memberSince": g.day(200 + g.IntN(1800)), "favouriteStore": pick(g, shops)}},
	})
}

func webBody(g *generator, h human, device int) []byte {
	first := h.first
	if g.chance(0.4) {
		first = string([]rune(h.first)[:3])
	}
	o := object{
		"person":        object{"name": object{"firstName": first}},
		"personalEmail": object{"address": h.email},
		"_northwind":    object{"preferences": object{"language": pick(g, []string{"pt-BR", "pt-BR", "en-US"}), "channel": pick(g, shopWays), "newsletter": g.chance(0.5)}},
	}
	if device > 0 || g.chance(0.2) {
		o["mobilePhone"] = object{"number": "+5511" + "9" + g.digits(8)}
	}
	if device > 0 || h.phoned {
		o["_northwind"].(object)["lifestyle"] = lifestyle(g)
	}
	return mustJSON(o)
}

// lifestyle is what the app asks in a survey: lists, and numbers of all kinds.
func lifestyle(g *generator) object {
	var wishes []object
	for range 1 + g.IntN(4) {
		wishes = append(wishes, object{"SKU": fmt.Sprintf("SKU-%d", 1000+g.IntN(800)), "name": pick(g, products), "addedOn": g.day(g.IntN(200)), "price": float64(990+g.IntN(40_000)) / 100})
	}
	return object{
		"interests": []string{pick(g, interests[:4]), pick(g, interests[4:8]), pick(g, interests[8:])},
		"sizes":     object{"shirt": pick(g, []string{"PP", "P", "M", "G", "GG"}), "shoe": 33 + g.IntN(13), "trousers": 34 + 2*g.IntN(10)},
		"household": object{"adults": 1 + g.IntN(3), "children": g.IntN(4), "pets": g.chance(0.4)},
		"wishes":    wishes, "surveyScore": float64(g.IntN(100)) / 10,
	}
}

var interests = []string{"running", "trail running", "cycling", "swimming", "camping", "travel", "cooking", "music", "football", "yoga", "photography", "gardening"}

func consentBody(g *generator) []byte {
	yes := func() object { return object{"val": pick(g, []string{"y", "y", "n"})} }
	return mustJSON(object{"consents": object{
		"collect": yes(), "share": yes(),
		"marketing": object{"preferred": pick(g, []string{"email", "push", "sms"}), "email": yes(), "push": yes(), "sms": yes()},
		"metadata":  object{"time": g.day(g.IntN(300)) + "T12:00:00Z"},
	}})
}

func supportBody(g *generator, h human) []byte {
	return mustJSON(object{
		"mobilePhone": object{"number": h.phone},
		"_northwind":  object{"support": object{"openTickets": g.IntN(4), "lastContact": g.day(g.IntN(90)), "satisfaction": 1 + g.IntN(5)}},
	})
}

// day is a date so many days before today.
func (g *generator) day(ago int) string { return g.today.AddDate(0, 0, -ago).Format("2006-01-02") }
