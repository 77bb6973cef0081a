package app

import (
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"profiledesk/apiclient"
	"profiledesk/internal/store"
	"profiledesk/web"
)

// gauges are the metrics of the parts behind the pages. None has a label that
// a person's data could reach.
type gauges struct {
	store *prometheus.HistogramVec
	calls *prometheus.HistogramVec
}

func newGauges() gauges {
	return gauges{
		store: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "profiledesk_store_seconds", Help: "How long commits took, and what callers waited for their record.",
			Buckets: []float64{.0005, .001, .002, .004, .008, .016, .032, .064, .128, .256, .5, 1, 5},
		}, []string{"what"}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "profiledesk_aep_call_seconds", Help: "How long calls to Adobe took, retries included, by operation and class of status.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"op", "status"}),
	}
}

func (g gauges) observeStore(what string, d time.Duration) {
	g.store.WithLabelValues(what).Observe(d.Seconds())
}

func (g gauges) observeCall(c apiclient.Call) {
	status := "none"
	if c.Status > 0 {
		status = strconv.Itoa(c.Status/100) + "xx"
	}
	g.calls.WithLabelValues(c.Op, status).Observe(c.Duration.Seconds())
}

func (g gauges) register(m *web.Metrics, s *store.Store) error {
	lost := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "profiledesk_events_lost_total", Help: "Events that were not waited for and could not be recorded.",
	}, func() float64 { return float64(s.Lost()) })
	held := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "profiledesk_log_held", Help: "1 while the log is behind its outside checkpoint.",
	}, func() float64 {
		if s.Restored() {
			return 1
		}
		return 0
	})
	return errors.Join(m.Register(g.store), m.Register(g.calls), m.Register(lost), m.Register(held))
}
