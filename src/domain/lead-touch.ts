/** A touch of a session, as far as the choice needs it. */
export interface LeadTouch {
  readonly trackingId: string;
  readonly at: Date;
  readonly hasClickId: boolean;
  readonly hasCampaign: boolean;
}

/**
 * The touch that a lead is attributed to: the newest with a click id up to the moment of the lead, else the newest
 * with UTMs, else the first. Later touches do not count, so the choice stays the same whenever it is made.
 */
export function chooseTouch(touches: readonly LeadTouch[], leadAt: Date): LeadTouch | null {
  const inOrder = touches.toSorted(
    (a, b) => a.at.getTime() - b.at.getTime() || a.trackingId.localeCompare(b.trackingId),
  );
  const before = inOrder.filter((touch) => touch.at <= leadAt);
  const clicked = before.findLast((touch) => touch.hasClickId);
  return clicked ?? before.findLast((touch) => touch.hasCampaign) ?? inOrder[0] ?? null;
}
