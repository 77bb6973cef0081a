package aep

import "time"

type attributePlan struct {
	name, title string
	shape       uint8
	measure     measure
	count       int
	unit        string
	fast        bool
	status      string
}

// attributePlans are 18 computed attributes, some in every state.
var attributePlans = []attributePlan{
	{"spend30d", "Spend 30 days", shapePurchase, sumOf, 1, "MONTHS", true, "PROCESSED"},
	{"orders90d", "Orders 90 days", shapePurchase, countOf, 3, "MONTHS", false, "PROCESSED"},
	{"largestOrder", "Largest order", shapePurchase, maxOf, 6, "MONTHS", false, "PROCESSED"},
	{"smallestOrder", "Smallest order", shapePurchase, minOf, 6, "MONTHS", false, "PROCESSED"},
	{"pageViews7d", "Page views 7 days", shapeView, countOf, 7, "DAYS", false, "PROCESSED"},
	{"lastPage", "Last page seen", shapeView, newestOf, 4, "WEEKS", false, "PROCESSED"},
	{"cartsWeek", "Carts of a week", shapeCart, countOf, 1, "WEEKS", true, "PROCESSING"},
	{"checkoutValue", "Value of checkouts", shapeCheckout, sumOf, 2, "WEEKS", false, "PROCESSING"},
	{"opens4w", "Mails opened", shapeOpen, countOf, 4, "WEEKS", false, "PROCESSING"},
	{"lastMailing", "Last mailing clicked", shapeClick, newestOf, 2, "MONTHS", false, "FAILED"},
	{"productViews24h", "Products seen today", shapeProduct, countOf, 24, "HOURS", false, "INITIALIZING"},
	{"visitsMonth", "Store visits of a month", shapeVisit, countOf, 1, "MONTHS", false, "NEW"},
	{"clicksMonth", "Clicks of a month", shapeClick, countOf, 1, "MONTHS", true, "NEW"},
	{"largestCheckout", "Largest checkout", shapeCheckout, maxOf, 3, "MONTHS", false, "DRAFT"},
	{"opens3d", "Mails opened, three days", shapeOpen, countOf, 3, "DAYS", false, "DRAFT"},
	{"spendHalfYear", "Spend of half a year", shapePurchase, sumOf, 6, "MONTHS", false, "DRAFT"},
	{"ordersWeekOld", "Orders of a week (old)", shapePurchase, countOf, 1, "WEEKS", false, "DISABLED"},
	{"smallestCheckoutOld", "Smallest checkout (old)", shapeCheckout, minOf, 1, "MONTHS", false, "DISABLED"},
}

func (g *generator) makeAttributes() {
	for i, p := range attributePlans {
		a := &attribute{
			id: g.uuid(), name: p.name, title: p.title, description: p.title + ", for the demo", shape: p.shape, measure: p.measure,
			count: p.count, unit: p.unit, fast: p.fast, status: p.status,
			created: g.today.AddDate(0, 0, -120+3*i).Add(10 * time.Hour).UnixMilli(), updated: g.today.AddDate(0, 0, -60+3*i).Add(11 * time.Hour).UnixMilli(),
		}
		switch p.status {
		case "PROCESSED", "PROCESSING":
			a.evaluated = g.evaluation(a)
		case "FAILED":
			a.evaluated = g.evaluation(a).AddDate(0, 0, -35)
		case "DISABLED":
			a.evaluated = g.today.AddDate(0, 0, -50).Add(14 * time.Minute)
		}
		g.box.attributes = append(g.box.attributes, a)
	}
}

// evaluation is when the attribute's period last came round: each hour or day,
// on Sunday, or on the first of a month; with fast refresh each day.
func (g *generator) evaluation(a *attribute) time.Time {
	day := g.today.AddDate(0, 0, -1)
	switch {
	case a.fast || a.unit == "DAYS" || a.unit == "HOURS":
	case a.unit == "WEEKS":
		day = day.AddDate(0, 0, -int(day.Weekday()))
	default:
		day = day.AddDate(0, 0, 1-day.Day())
	}
	return day.Add(14*time.Minute + 55*time.Second + 28*time.Millisecond)
}
