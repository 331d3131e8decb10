/** Most impressions or clicks of a row: thousands of rows of it still add up to a number that every reader holds. */
export const MOST_COUNT = 9_999_999_999;

/** What was paid to a platform on a day, as finely as it is known. Everything but the numbers is its key. */
export interface SpendRow {
  /** `YYYY-MM-DD`, of the ad account's own zone. */
  readonly day: string;
  /** `meta`, `google_ads`, `tiktok`, `linkedin` or any other lower-case word. */
  readonly platform: string;
  readonly accountId: string;
  readonly campaignId: string;
  readonly campaignName: string;
  readonly adSetName: string;
  readonly adName: string;
  /** The visits that it paid for, where neither name nor id of the campaign tells. */
  readonly utmSource: string | null;
  readonly utmCampaign: string | null;
  readonly impressions: number;
  readonly clicks: number;
  readonly costCents: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** What makes two rows the same: saving the second replaces the first. */
export function buildSpendKey(row: SpendRow): string {
  const { day, platform, accountId, campaignId, campaignName, adSetName, adName } = row;
  return JSON.stringify([day, platform, accountId, campaignId, campaignName, adSetName, adName]);
}
