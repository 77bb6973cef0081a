package lookup

// List is [Customer.Rows] and [Customer.Count] in one pass over the profile: row
// is called for those rows that q wants, until it returns false, and matched is
// how many the query has in all.
func (c *Customer) List(q Query, row func(Row) bool) (matched int, err error) {
	if c.Outcome != Found {
		return 0, nil
	}
	w := newWalker(c, q, func(r Row, _ error) bool { return row(r) })
	w.on = true
	err = w.run()
	return w.matched, err
}
