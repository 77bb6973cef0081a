package aep

import (
	"slices"
	"time"
)

// The datasets of every sandbox, by index.
const (
	dsCRM uint8 = iota
	dsLoyalty
	dsWebProfiles
	dsApp
	dsConsents
	dsSupport
	dsWebEvents
	dsPurchases
	dsMail
	dsStores
	dsProducts
	dsExport
)

type datasetPlan struct {
	name, description, table string
	schema                   int // index into schemaRefs
	series                   bool
	tags                     []string
	batches                  int
}

var datasetPlans = []datasetPlan{
	{"CRM customers", "Daily CRM file", "crm_customers", schemaCustomer, false, []string{"enabled:true", "isUpsert:true"}, 4},
	{"Loyalty members", "Card holders, from the loyalty engine", "loyalty_members", schemaLoyalty, false, []string{"enabled:true"}, 4},
	{"Web profiles", "What visitors told the site about themselves", "web_profiles", schemaVisitor, false, []string{"enabled: true"}, 4},
	{"App profiles", "What people told the app about themselves", "app_profiles", schemaVisitor, false, []string{"enabled:true"}, 3},
	{"Consent preferences", "Choices made in the preference centre", "consent_preferences", schemaConsent, false, []string{"enabled:true", "isUpsert:true"}, 3},
	{"Support contacts", "Contact data taken by the help desk", "support_contacts", schemaSupport, false, []string{"enabled:true"}, 3},
	{"Web events", "Page views, products seen and carts", "web_events", schemaWebEvent, true, []string{"enabled:true"}, 5},
	{"Purchases", "Orders of shop and stores", "purchases", schemaPurchase, true, []string{"enabled:true"}, 4},
	{"E-mail interactions", "Opens and clicks of the mail tool", "email_interactions", schemaMail, true, []string{"enabled:true"}, 4},
	{"Store visits", "Check-ins with the card", "store_visits", schemaVisit, true, []string{"enabled:true"}, 2},
	{"Product catalogue", "Articles and prices; feeds no profiles", "product_catalogue", schemaProduct, false, []string{"enabled:false"}, 1},
	{"Profile export for reports", "Target of export jobs", "profile_export_reports", schemaUnion, false, nil, 1},
}

func (g *generator) makeDatasets() {
	for i, p := range datasetPlans {
		created := g.today.AddDate(0, -14, i).Add(9 * time.Hour).UnixMilli()
		g.box.datasets = append(g.box.datasets, &dataset{
			id: "66f0" + g.hex(20), name: p.name, description: p.description, table: p.table, schema: &schemaRefs[p.schema], series: p.series,
			managedBy: "CUSTOMER", profileTags: p.tags, created: created, updated: g.today.AddDate(0, 0, -2-i).UnixMilli(), user: operator,
		})
	}
}

// makeBatches makes 40 batches: those that brought data, spread over the last
// 120 days, one that is under way and one that failed.
func (g *generator) makeBatches() {
	g.byData = make([][]uint16, len(datasetPlans))
	for d, p := range datasetPlans {
		for n := range p.batches {
			age := 120 * (p.batches - 1 - n) / max(1, p.batches-1)
			at := g.today.AddDate(0, 0, -age).Add(-time.Duration(3+d) * time.Minute).UnixMilli()
			g.byData[d] = append(g.byData[d], uint16(len(g.box.batches)))
			g.box.batches = append(g.box.batches, &batch{id: g.ulid(at), dataset: d, status: "success", created: at, failed: g.IntN(4)})
		}
	}
	at := g.today.AddDate(0, 0, -9).Add(4 * time.Hour).UnixMilli()
	g.box.batches = append(g.box.batches, &batch{id: g.ulid(at), dataset: int(dsSupport), status: "failed", created: at, failed: 212, failure: "INGEST-1212-400"})
	at = g.today.Add(-40 * time.Minute).UnixMilli()
	g.box.batches = append(g.box.batches, &batch{id: g.ulid(at), dataset: int(dsStores), status: "processing", created: at})
}

// batchAt is the batch of a dataset that brought what happened at a time: the
// first one that was made later, or the newest.
func (g *generator) batchAt(dataset uint8, at int64) uint16 {
	for _, i := range g.byData[dataset] {
		if g.box.batches[i].created >= at {
			return i
		}
	}
	return g.byData[dataset][len(g.byData[dataset])-1]
}

func (g *generator) makePolicies() {
	id := func(i uint8) string { return g.box.datasets[i].id }
	updated := g.today.AddDate(0, -5, 0).Unix()
	everything := []string{id(dsCRM), id(dsLoyalty), id(dsConsents), id(dsSupport), id(dsWebProfiles), id(dsApp)}
	visitors := slices.Clone(everything)
	slices.Reverse(visitors)
	g.box.policies = []*policy{
		{name: "Default time-ordered", stitch: true, onEdge: true, isDefault: true},
		{name: "CRM first", stitch: true, precedence: everything},
		{name: "Visitor first", stitch: true, precedence: visitors},
		{name: "CRM and loyalty only", stitch: true, precedence: []string{id(dsCRM), id(dsLoyalty)}},
		{name: "No stitching", stitch: false},
	}
	for i, p := range g.box.policies {
		p.id, p.schema, p.updated = g.uuid(), profileSchema, updated+int64(i)*86400
	}
}

var namespaces = []namespace{
	nsCore:    {ID: 0, Code: "CORE", Name: "CORE", Description: "Adobe Audience Manager", IDType: "Cookie", short: "CORE", rank: 7},
	nsECID:    {ID: 4, Code: "ECID", Name: "ECID", Description: "Adobe Experience Cloud ID", IDType: "Cookie", short: "ECID", rank: 6},
	nsEmail:   {ID: 6, Code: "Email", Name: "Email", Description: "E-mail address", IDType: "Email", short: "email", rank: 1},
	nsPhone:   {ID: 7, Code: "Phone", Name: "Phone", Description: "Phone number", IDType: "Phone", short: "phone", rank: 4},
	nsAAID:    {ID: 10, Code: "AAID", Name: "AAID", Description: "Adobe Analytics ID", IDType: "Cookie", short: "AAID", rank: 8},
	nsAdCloud: {ID: 411, Code: "AdCloud", Name: "AdCloud", Description: "Adobe Advertising Cloud ID", IDType: "Cookie", short: "AdCloud", rank: 9},
	nsCRM:     {ID: 11873401, Code: "CRMId", Name: "Customer number", Description: "Number of the customer in the CRM", IDType: "Cross_device", Custom: true, short: "CRMId", rank: 0},
	nsLoyalty: {ID: 11873402, Code: "LoyaltyId", Name: "Loyalty number", Description: "Card number", IDType: "Cross_device", Custom: true, short: "LoyaltyId", rank: 2},
	nsStore:   {ID: 11873403, Code: "StoreId", Name: "Store", Description: "Number of a store; names no person", IDType: "Non_people", Custom: true, short: "StoreId", rank: 10},
}

var namespaceCodes = map[string]uint8{}

func init() {
	born := time.Date(2025, 1, 14, 9, 0, 0, 0, time.UTC).UnixMilli()
	for i := range namespaces {
		n := &namespaces[i]
		n.Status, n.CreateTime, n.UpdateTime = "ACTIVE", born, born
		namespaceCodes[lower(n.Code)] = uint8(i)
	}
}
