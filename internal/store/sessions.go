package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"profiledesk/internal/auth"
)

const sessionColumns = "id, issuer, subject, sid, groups, groups_at, auth_time, created, seen, ended, why, person, tokens"

// person is what a session keeps of its owner sealed.
type person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	IP    string `json:"ip,omitempty"`
	Agent string `json:"agent,omitempty"`
}

func sessionAAD(id string) []byte { return []byte("session:" + id) }

// PutSession keeps a session, in place of one with the same id.
func (t *Tx) PutSession(ctx context.Context, v auth.Session) error {
	plain, err := json.Marshal(person{v.User.Name, v.User.Email, v.IP, v.Agent})
	if err != nil {
		return fmt.Errorf("put session: %w", err)
	}
	sealed, err := t.s.cfg.Box.Seal(plain, sessionAAD(v.ID))
	if err != nil {
		return fmt.Errorf("put session: %w", err)
	}
	groups, err := groupsJSON(v.User.Groups)
	if err != nil {
		return fmt.Errorf("put session: %w", err)
	}
	if _, err := t.ExecContext(ctx, "DELETE FROM session WHERE id = $1", v.ID); err != nil {
		return fmt.Errorf("put session: %w", err)
	}
	_, err = t.ExecContext(ctx, "INSERT INTO session ("+sessionColumns+") VALUES "+places(1, 13),
		v.ID, v.User.Issuer, v.User.Subject, v.SID, groups, stamp(v.User.GroupsAt), stamp(v.User.AuthTime),
		stamp(v.Created), stamp(v.Seen), stamp(v.Ended), v.Why, sealed, v.Tokens)
	if err != nil {
		return fmt.Errorf("put session: %w", err)
	}
	return nil
}

func groupsJSON(groups []string) (string, error) {
	if groups == nil {
		groups = []string{}
	}
	b, err := json.Marshal(groups)
	return string(b), err
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

func (s *Store) scanSession(row scanner) (auth.Session, error) {
	var v auth.Session
	var groups, groupsAt, authTime, created, seen, ended string
	var sealed []byte
	err := row.Scan(&v.ID, &v.User.Issuer, &v.User.Subject, &v.SID, &groups, &groupsAt, &authTime, &created, &seen, &ended, &v.Why, &sealed, &v.Tokens)
	if err != nil {
		return auth.Session{}, err
	}
	if err := json.Unmarshal([]byte(groups), &v.User.Groups); err != nil {
		return auth.Session{}, err
	}
	v.User.GroupsAt, v.User.AuthTime = unstamp(groupsAt), unstamp(authTime)
	v.Created, v.Seen, v.Ended = unstamp(created), unstamp(seen), unstamp(ended)
	v.User.Session = v.ID
	plain, err := s.cfg.Box.Open(sealed, sessionAAD(v.ID))
	if err != nil {
		return auth.Session{}, fmt.Errorf("%w: it cannot be opened", auth.ErrNoSession)
	}
	var p person
	if err := json.Unmarshal(plain, &p); err != nil {
		return auth.Session{}, err
	}
	v.User.Name, v.User.Email, v.IP, v.Agent = p.Name, p.Email, p.IP, p.Agent
	return v, nil
}

// Session is the session with that id, also one that ended less than a day ago,
// or [auth.ErrNoSession].
func (s *Store) Session(ctx context.Context, id string) (auth.Session, error) {
	return s.session(ctx, &s.k, id, "")
}

// Session is like that of the store, and keeps others from changing it until
// the transaction ends.
func (t *Tx) Session(ctx context.Context, id string) (auth.Session, error) {
	return t.s.session(ctx, t, id, t.s.dialect.forUpdate)
}

func (s *Store) session(ctx context.Context, q queryer, id, lock string) (auth.Session, error) {
	v, err := s.scanSession(q.QueryRowContext(ctx, "SELECT "+sessionColumns+" FROM session WHERE id = $1"+lock, id))
	if none(err) {
		return auth.Session{}, auth.ErrNoSession
	}
	if err != nil {
		return auth.Session{}, fmt.Errorf("read session: %w", err)
	}
	return v, nil
}

// SessionsOf are the sessions of a person that have not ended, the newest
// first. Some may be past their time: [auth.Session.Over] says which.
func (s *Store) SessionsOf(ctx context.Context, issuer, subject string) ([]auth.Session, error) {
	list, err := s.sessions(ctx, s.r, "issuer = $1 AND subject = $2 AND ended = '' ORDER BY created DESC, id", issuer, subject)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	return list, nil
}

func (s *Store) sessions(ctx context.Context, q queryer, where string, args ...any) ([]auth.Session, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+sessionColumns+" FROM session WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []auth.Session
	for rows.Next() {
		v, err := s.scanSession(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// EndSession ends a session and destroys its tokens. It says whether it was
// still alive.
func (t *Tx) EndSession(ctx context.Context, id, why string, at time.Time) (ended bool, err error) {
	ended, err = t.changed(ctx, "UPDATE session SET ended = $1, why = $2, tokens = NULL WHERE id = $3 AND ended = ''", stamp(at), why, id)
	if err != nil {
		return false, fmt.Errorf("end session: %w", err)
	}
	return ended, nil
}

// EndSessionsBy ends what a provider's logout names: the session sid, or where
// that is empty every session of subject. Where both are given, both must
// match. It returns the sessions as they were, with their end.
func (t *Tx) EndSessionsBy(ctx context.Context, issuer, sid, subject, why string, at time.Time) ([]auth.Session, error) {
	if sid == "" && subject == "" {
		return nil, nil
	}
	w := where{}
	w.add("issuer = ? AND ended = ''", issuer)
	if sid != "" {
		w.add("sid = ?", sid)
	}
	if subject != "" {
		w.add("subject = ?", subject)
	}
	list, err := t.s.sessions(ctx, t, w.String()[len(" WHERE "):]+" ORDER BY id"+t.s.dialect.forUpdate, w.args...)
	if err != nil {
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	for i := range list {
		if _, err := t.EndSession(ctx, list[i].ID, why, at); err != nil {
			return nil, err
		}
		list[i].Ended, list[i].Why, list[i].Tokens = at, why, nil
	}
	return list, nil
}

// Touch notes that a living session was used at. It may be lost with the
// machine's power; call it once a minute at most.
func (s *Store) Touch(ctx context.Context, id string, at time.Time) error {
	err := s.softTx(ctx, func(t *Tx) error {
		_, err := t.changed(ctx, "UPDATE session SET seen = $1 WHERE id = $2 AND ended = '' AND seen < $1", stamp(at), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// UpdateGroups keeps the groups that the provider said at at, and sealed tokens
// in place of the old ones (nil leaves them). It says whether the session was
// still alive.
func (t *Tx) UpdateGroups(ctx context.Context, id string, groups []string, at time.Time, tokens []byte) (alive bool, err error) {
	list, err := groupsJSON(groups)
	if err != nil {
		return false, fmt.Errorf("update groups: %w", err)
	}
	query, args := "UPDATE session SET groups = $1, groups_at = $2 WHERE id = $3 AND ended = ''", []any{list, stamp(at), id}
	if tokens != nil {
		query, args = "UPDATE session SET groups = $1, groups_at = $2, tokens = $4 WHERE id = $3 AND ended = ''", append(args, tokens)
	}
	alive, err = t.changed(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("update groups: %w", err)
	}
	return alive, nil
}

// UseLogoutToken remembers the id of a provider's logout token until then, and
// says whether it was used before.
func (t *Tx) UseLogoutToken(ctx context.Context, issuer, jti string, until time.Time) (used bool, err error) {
	fresh, err := t.changed(ctx, "INSERT INTO logout_jti (issuer, jti, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", issuer, jti, stamp(until))
	if err != nil {
		return false, fmt.Errorf("remember logout token: %w", err)
	}
	return !fresh, nil
}
