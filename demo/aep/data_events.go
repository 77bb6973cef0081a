package aep

import (
	"fmt"
	"strconv"
	"time"
)

// shape is a kind of experience event.
type shape struct {
	eventType string
	dataset   uint8
	weight    int // how often it happens
}

const (
	shapeView uint8 = iota
	shapeProduct
	shapeCart
	shapeCheckout
	shapePurchase
	shapeOpen
	shapeClick
	shapeVisit
)

var shapes = []shape{
	shapeView:     {"web.webpagedetails.pageViews", dsWebEvents, 40},
	shapeProduct:  {"commerce.productViews", dsWebEvents, 22},
	shapeCart:     {"commerce.productListAdds", dsWebEvents, 8},
	shapeCheckout: {"commerce.checkouts", dsPurchases, 5},
	shapePurchase: {"commerce.purchases", dsPurchases, 6},
	shapeOpen:     {"directMarketing.emailOpened", dsMail, 12},
	shapeClick:    {"directMarketing.emailClicked", dsMail, 4},
	shapeVisit:    {"location.entry", dsStores, 3},
}

var (
	pages    = []string{"home", "women", "men", "outlet", "stores", "help", "loyalty", "running shoes", "coats", "cart"}
	products = []string{"Running shoe Aurora", "Rain coat Fjord", "Backpack 22 l", "Wool sweater", "Trail socks", "Sandal Praia", "Cap", "Water bottle"}
	mailings = []string{"Weekly offers", "Your points", "Welcome", "Back in stock", "Birthday"}
)

// makeEvents gives a person n events of the last 120 days, newer ones more
// often. Each lies under the identity that the dataset knows people by.
func (g *generator) makeEvents(n int, crm, mail, loyalty *identity, ecids []*identity) {
	total := 0
	for _, s := range shapes {
		total += s.weight
	}
	for range n {
		w, kind := g.IntN(total), uint8(0)
		for w >= shapes[kind].weight {
			w -= shapes[kind].weight
			kind++
		}
		owner := mail
		switch shapes[kind].dataset {
		case dsWebEvents:
			if len(ecids) > 0 {
				owner = pick(g, ecids)
			}
		case dsPurchases:
			owner = crm
		case dsStores:
			if loyalty != nil {
				owner = loyalty
			}
		}
		u := g.Float64()
		at := g.today.UnixMilli() - int64(u*u*120*86_400_000) - 1_800_000 // batches come later
		d := shapes[kind].dataset
		owner.events = append(owner.events, event{at: at, seed: g.Uint64(), dataset: d, batch: g.batchAt(d, at), shape: kind})
	}
}

// eventID is the id of an event, a UUID drawn from its seed.
func eventID(e *event) string {
	x, y := spread(e.seed, 1), spread(e.seed, 2)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", x>>32, x>>16&0xffff, x&0xfff, y>>48&0x3fff|0x8000, y&0xffffffffffff)
}

// spread draws the n-th number of a seed (splitmix64).
func spread(seed, n uint64) uint64 {
	z := seed + n*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (e *event) draw(n uint64, below int) int { return int(spread(e.seed, n+10) % uint64(below)) }

// amount is the order value of a purchase, 0 for other events.
func (e *event) amount() float64 {
	if e.shape != shapePurchase && e.shape != shapeCheckout {
		return 0
	}
	return float64(990+e.draw(1, 48_000)) / 100
}

// name is the page, product or mailing that an event is about.
func (e *event) name() string {
	switch e.shape {
	case shapeView:
		return pages[e.draw(2, len(pages))]
	case shapeOpen, shapeClick:
		return mailings[e.draw(2, len(mailings))]
	}
	return products[e.draw(2, len(products))]
}

func (e *event) iso() string { return isoMS(e.at) }

// eventBody is the content of an event: always the same for the same seed.
func eventBody(e *event) []byte {
	buf := append(make([]byte, 0, 512), `{"_id":"`...)
	buf = append(append(buf, eventID(e)...), `","eventType":"`...)
	buf = append(append(buf, shapes[e.shape].eventType...), `","timestamp":"`...)
	buf = append(time.UnixMilli(e.at).UTC().AppendFormat(buf, "2006-01-02T15:04:05.000Z07:00"), '"')
	switch e.shape {
	case shapeView:
		buf = e.appendPage(buf)
	case shapeProduct:
		buf = e.appendCommerce(buf, "productViews")
	case shapeCart:
		buf = e.appendCommerce(buf, "productListAdds")
	case shapeCheckout:
		buf = e.appendCommerce(buf, "checkouts")
	case shapePurchase:
		buf = e.appendCommerce(buf, "purchases")
	case shapeOpen, shapeClick:
		buf = e.appendMailing(buf)
	case shapeVisit:
		p := places[e.draw(3, len(places))]
		buf = append(buf, `,"placeContext":{"geo":{"countryCode":"BR","city":"`...)
		buf = append(append(buf, p.city...), `","stateProvince":"BR-`...)
		buf = append(append(buf, p.state...), `"}}`...)
	}
	buf = append(buf, `,"_northwind":{"channel":"`...)
	buf = append(append(buf, shopWays[e.draw(4, len(shopWays))]...), `"},"producedBy":"`...)
	buf = append(append(buf, []string{"self", "system"}[e.draw(5, 2)]...), `"}`...)
	return buf
}

func (e *event) appendPage(buf []byte) []byte {
	name := e.name()
	buf = append(buf, `,"web":{"webPageDetails":{"name":"`...)
	buf = append(append(buf, name...), `","isHomePage":`...)
	buf = strconv.AppendBool(buf, name == "home")
	buf = append(buf, `,"pageViews":{"value":1},"URL":"https://shop.example.com/`...)
	return append(strconv.AppendInt(buf, int64(e.draw(6, 9000)), 10), `"}}`...)
}

func (e *event) appendCommerce(buf []byte, measure string) []byte {
	quantity := 1 + e.draw(7, 3)
	buf = append(append(append(buf, `,"commerce":{"`...), measure...), `":{"value":1}`...)
	if a := e.amount(); a > 0 {
		buf = append(buf, `,"order":{"purchaseID":"P-`...)
		buf = strconv.AppendInt(buf, int64(1_000_000+e.draw(8, 9_000_000)), 10)
		buf = append(buf, `","currencyCode":"BRL","priceTotal":`...)
		buf = append(strconv.AppendFloat(buf, a, 'f', -1, 64), '}')
	}
	buf = append(buf, `},"productListItems":[{"SKU":"SKU-`...)
	buf = strconv.AppendInt(buf, int64(1000+e.draw(9, 800)), 10)
	buf = append(append(append(buf, `","name":"`...), e.name()...), `","quantity":`...)
	buf = strconv.AppendInt(buf, int64(quantity), 10)
	buf = append(buf, `,"priceTotal":`...)
	return append(strconv.AppendFloat(buf, float64(990+e.draw(1, 48_000))/100, 'f', -1, 64), `}]`...)
}

func (e *event) appendMailing(buf []byte) []byte {
	measure := "opens"
	if e.shape == shapeClick {
		measure = "clicks"
	}
	buf = append(append(append(buf, `,"directMarketing":{"`...), measure...), `":{"value":1},"mailingName":"`...)
	return append(append(buf, e.name()...), `"}`...)
}
