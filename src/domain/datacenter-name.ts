// Firms that rent out servers under a name which does not say so. Own list, from the firms' public pages.
const FIRMS =
  /\b(?:amazon|aws|google(?! fiber)|microsoft|oracle|alibaba|aliyun|tencent|huawei cloud|digital ?ocean|linode|akamai connected|vultr|choopa|constant company|hetzner|ovh|contabo|scaleway|online s\.?a\.?s|leaseweb|ionos|1&1|strato|netcup|hostinger|hostgator|hostdime|godaddy|namecheap|dreamhost|bluehost|siteground|rackspace|softlayer|ibm cloud|equinix|m247|datacamp|cdn77|cdnext|zenlayer|psychz|quadranet|hivelocity|upcloud|kamatera|gcore|g-core|selectel|timeweb|beget|locaweb|kinghost|ascenty|absam|braslink|openai|anthropic|salesforce|sap se|packet host|latitude\.sh|maxihost|tzulo|sharktech|buyvm|frantech|ponynet|racknerd|hostwinds|interserver|worldstream|serverius|nforce|terrahost|privatelayer|clouvider|aruba s\.?p\.?a|internap|cogeco peer|limestone|steadfast|nocix|wholesale internet|ubiquity server|gthost|hostkey|ishosting|stark industries|aeza|railway corp|fly\.io|render services|vercel)\b/i;
// What firms of that trade call themselves.
const TRADE =
  /hosting|datacent(?:er|re)|data[ -]cent(?:er|re)|data ?center|\bvps\b|\bcloud(?!flare)|\bservers?\b|\bcolo(?:cation|crossing)?\b|\bdedicated\b|\bwebhost|\bserver(?:farm|space|central|mania)|\bcomputaca?o em nuvem\b/i;
// Their servers carry people's own browsing: Apple's Private Relay, WARP, Opera's proxy.
const PEOPLE =
  /cloudflare|fastly|akamai (?!connected)|apple|opera norway|wireless|mobile|fib(?:er|ra)|broadband/i;

/** Whether a network's owner, by its registered name, rents out servers rather than connecting people. */
export function isDatacenterName(owner: string): boolean {
  return FIRMS.test(owner) || (TRADE.test(owner) && !PEOPLE.test(owner));
}
