package main

import "sync"

// news wakes those who wait for something to have happened. What they look at is guarded by it.
type news struct {
	lock    sync.Mutex
	changed *sync.Cond
}

func newNews() *news {
	made := &news{}
	made.changed = sync.NewCond(&made.lock)
	return made
}

// note makes a change and tells of it.
func (n *news) note(change func()) {
	n.lock.Lock()
	defer n.lock.Unlock()
	change()
	n.changed.Broadcast()
}

// until waits for a condition, and takes what it is about before anybody else can.
func (n *news) until(condition func() bool, take func()) {
	n.lock.Lock()
	defer n.lock.Unlock()
	for !condition() {
		n.changed.Wait()
	}
	take()
}
