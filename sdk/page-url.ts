// What an ad template leaves behind when the platform did not fill it in: {{ad.id}}, {gclid}, ${x}, __CAMPAIGN_ID__, %%x%%, [ID].
const MACRO = /^(\$?\{+[\w. :-]+\}+|__[A-Z_]+__|%%\w+%%|\[[A-Z_]+\])$/;

const TOUCH = /^(utm_\w+|\w*clk?id|[gw]braid|li_fat_id|(kwai_)?click_?id|epik|rdt_cid)=./i;

const isFilled = (parameter: string): boolean =>
  !Array.from(new URLSearchParams(parameter).values()).some((value) => MACRO.test(value));

/** The URL as it is, without the parameters that an ad template left unfilled. */
export function buildPageUrl(href: string): string {
  return href.replace(/^([^?#]*)\?([^#]*)/, (_all, path: string, query: string) => {
    const filled = query.split('&').filter(isFilled).join('&');
    return path + (filled && `?${filled}`);
  });
}

/** The UTMs and click ids of a page's URL as one comparable text; empty if it has none. */
export function buildTouch(pageUrl: string): string {
  return new URL(pageUrl).search
    .slice(1)
    .split('&')
    .filter((parameter) => TOUCH.test(parameter))
    .join('&');
}
