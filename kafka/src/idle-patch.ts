import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/**
 * What kafkajs 2.2.4 does when it has nothing to do, and what we let it do instead. Applied once, before the first client.
 *
 * - It re-arms the timer of its request queue though nothing is pending and nothing is throttled. The delay is then
 *   negative, which Node 24 takes as 1 ms (with a warning): some 900 timers a second and 2.5 % of a core in an idle process
 *   (upstream issue 1751). Nothing pending needs no timer: push() and every answer look at the queue themselves.
 * - It looks for overdue requests ten times a second on every connection. Once a second is enough for timeouts of many
 *   seconds.
 */
const OVERDUE_CHECK_MS = 1_000;
const prototype = RequestQueue.prototype;
const schedule = prototype.scheduleCheckPendingRequests;
let applied = false;

export function patchIdleTimer(): void {
  if (applied) return;
  applied = true;
  prototype.scheduleCheckPendingRequests = function scheduleOnlyWhenPending(this: RequestQueue): void {
    if (this.pending.length === 0) return;
    schedule.call(this);
  };
  prototype.scheduleRequestTimeoutCheck = function checkOncePerSecond(this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(() => {
      const now = Date.now();
      for (const request of this.inflight.values())
        if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
      if (!this.isConnected()) this.destroy();
    }, OVERDUE_CHECK_MS);
  };
}
