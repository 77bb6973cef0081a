package aep

import (
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sample is what the last sample of a sandbox counted. It stays as it is until
// the next one, however much is deleted meanwhile.
type sample struct {
	at         time.Time
	profiles   int // merged profiles with at least one fragment
	rows       int // profiles in the sample
	fragments  int
	events     int
	datasets   []tally        // by dataset index
	namespaces []tally        // by namespace
	byDatasets map[string]int // "id,id" → profiles in exactly these
	byCodes    map[string]int
	unknown    map[int]*unknownCount // by days
}

type tally struct{ sampled, profiles, fragments int }

type unknownCount struct {
	profiles, events int
	byNamespace      map[string]*[2]int // profiles, events
}

var unknownPeriods = []int{7, 30, 60, 90, 120}

// takeSample counts the merged profiles. The caller holds mu or owns b.
func (b *sandbox) takeSample(now time.Time) *sample {
	s := &sample{
		at: now.UTC(), datasets: make([]tally, len(b.datasets)), namespaces: make([]tally, len(namespaces)),
		byDatasets: map[string]int{}, byCodes: map[string]int{}, unknown: map[int]*unknownCount{},
	}
	for _, days := range unknownPeriods {
		s.unknown[days] = &unknownCount{byNamespace: map[string]*[2]int{}}
	}
	seen := make([]bool, len(b.order))
	for _, n := range b.order {
		if seen[n.n] {
			continue
		}
		members := b.cluster(n)
		for _, m := range members {
			seen[m.n] = true
		}
		s.count(b, members)
	}
	return s
}

func (s *sample) count(b *sandbox, members []*identity) {
	inDataset, inNamespace := map[int]int{}, map[int]int{}
	fragments, events, last := 0, 0, int64(0)
	for _, m := range members {
		if k := len(m.events); k > 0 {
			events += k
			last = max(last, m.events[k-1].at)
		}
		for _, f := range m.fragments {
			fragments++
			last = max(last, f.at)
			inDataset[int(f.dataset)]++
			inNamespace[int(m.ns)]++
		}
	}
	s.events += events
	if fragments == 0 {
		return
	}
	s.profiles++
	s.fragments += fragments
	sampled := sampledIn(members[0])
	s.rows += sampled
	var ids, codes []string
	for _, d := range slices.Sorted(maps.Keys(inDataset)) {
		s.datasets[d].add(sampled, inDataset[d])
		ids = append(ids, b.datasets[d].id)
	}
	for _, ns := range slices.Sorted(maps.Keys(inNamespace)) {
		s.namespaces[ns].add(sampled, inNamespace[ns])
		codes = append(codes, namespaces[ns].Code)
	}
	s.byDatasets[strings.Join(ids, ",")]++
	s.byCodes[strings.Join(codes, ",")]++
	if fragments == 1 {
		s.countUnknown(members[0], events, last)
	}
}

// countUnknown counts a profile of one fragment that saw nothing new for a
// period.
func (s *sample) countUnknown(n *identity, events int, last int64) {
	for _, days := range unknownPeriods {
		if last > s.at.AddDate(0, 0, -days).UnixMilli() {
			continue
		}
		u := s.unknown[days]
		u.profiles++
		u.events += events
		code := namespaces[n.ns].Code
		if u.byNamespace[code] == nil {
			u.byNamespace[code] = &[2]int{}
		}
		u.byNamespace[code][0]++
		u.byNamespace[code][1] += events
	}
}

func (t *tally) add(sampled, fragments int) {
	t.sampled += sampled
	t.profiles++
	t.fragments += fragments
}

// sampledIn puts four persons in five into the sample, always the same ones.
func sampledIn(n *identity) int {
	h := fnv.New32a()
	h.Write([]byte(n.id))
	if h.Sum32()%5 == 0 {
		return 0
	}
	return 1
}

// sampleStatus is GET /previewsamplestatus, with its doubly quoted counts.
func (c *call) sampleStatus() answer {
	s := c.latest()
	return reply(http.StatusOK, object{
		"numRowsToRead":      strconv.Itoa(s.rows),
		"sampleJobRunning":   object{"status": false, "submissionTimestamp": s.at.Add(-21 * time.Minute).Format("2006-01-02 15:04:05.0")},
		"docCount":           strconv.Quote(strconv.Itoa(s.fragments + s.events)),
		"totalFragmentCount": s.fragments, "lastSuccessfulBatchTimestamp": `"null"`, "streamingDriven": `"false"`,
		"totalRows": strconv.Itoa(s.profiles), "lastBatchId": `"null"`, "status": "TASK_FINISHED", "samplingRatio": ratio(s.rows, s.profiles),
		"mergeStrategy": "timestampOrdered_auto", "lastSampledTimestamp": s.at.Format("2006-01-02 15:04:05.0"),
	})
}

func (c *call) latest() *sample {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	return c.box.sample
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// reportOn refuses a date of which there is no report.
func (c *call) reportOn(s *sample) *answer {
	date := c.query.Get("date")
	if date == "" || date == s.at.Format("2006-01-02") {
		return nil
	}
	a := c.upsError(http.StatusNotFound, "UPAPI-120001-404", "No report exists for the date")
	return &a
}

func (s *sample) report(data any) answer {
	return reply(http.StatusOK, object{"data": data, "reportTimestamp": stampMS(s.at)})
}

func (c *call) datasetReport() answer {
	s := c.latest()
	if refused := c.reportOn(s); refused != nil {
		return *refused
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	data := []object{}
	for i, t := range s.datasets {
		if t.profiles == 0 {
			continue
		}
		d := c.box.datasets[i]
		row := s.row(t)
		row["name"], row["description"], row["value"] = d.name, d.description, d.id
		row["streamingIngestionEnabled"], row["createdUser"] = "false", d.user
		data = append(data, row)
	}
	return s.report(data)
}

func (c *call) namespaceReport() answer {
	s := c.latest()
	if refused := c.reportOn(s); refused != nil {
		return *refused
	}
	data := []object{}
	for i, t := range s.namespaces {
		if t.profiles == 0 {
			continue
		}
		row := s.row(t)
		row["code"], row["value"], row["fullIDsFragmentCount"] = namespaces[i].Code, strconv.Itoa(namespaces[i].ID), t.fragments
		data = append(data, row)
	}
	return s.report(data)
}

func (s *sample) row(t tally) object {
	return object{
		"sampleCount": t.sampled, "samplePercentage": ratio(t.sampled, s.rows),
		"fullIDsCount": t.profiles, "fullIDsPercentage": ratio(t.profiles, s.profiles), "reportTimestamp": stampMS(s.at),
	}
}

func (c *call) datasetOverlap() answer {
	s := c.latest()
	if refused := c.reportOn(s); refused != nil {
		return *refused
	}
	return s.report(s.byDatasets)
}

func (c *call) namespaceOverlap() answer {
	s := c.latest()
	if refused := c.reportOn(s); refused != nil {
		return *refused
	}
	return s.report(s.byCodes)
}

func (c *call) unknownProfiles() answer {
	s := c.latest()
	periods := object{}
	for days, u := range s.unknown {
		by := object{}
		for code, n := range u.byNamespace {
			by[code] = object{"countOfProfiles": n[0], "eventsAssociated": n[1]}
		}
		periods[strconv.Itoa(days)+"days"] = object{"countOfProfiles": u.profiles, "eventsAssociated": u.events, "nsDistribution": by}
	}
	return s.report(object{"totalNumberOfProfiles": s.profiles, "totalNumberOfEvents": s.events, "unknownProfiles": periods})
}
