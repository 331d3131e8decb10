import { slot } from './slots.ts';

/** Where the vendored parameter builder is served. */
export const BUILDER_PATH = '/vendor/meta-param-builder/1.3.1/clientParamBuilder.bundle.js';

/** UTMify's script; its host stands in the page's policy too. */
const UTMIFY_SCRIPT = 'https://cdn.utmify.com.br/scripts/pixel/pixel.js';

/** What the page's script may do. */
export interface ScriptParts {
  readonly pixelId: string | null;
  readonly utmifyPixelId: string | null;
  /** Where Meta's pixel comes from. */
  readonly pixelScript: string;
  /** Pixels run at once, or wait for the person's yes, or never. */
  readonly pixels: 'now' | 'choice' | 'never';
  readonly builder: 'now' | 'choice' | 'never';
}

// Old in-app browsers: no arrow functions, nothing that a 2018 WebView does not know.
// A cookie's value is posted decoded, as the parameter builder writes it encoded. `last` begins with what the server
// read from the request, so that only news are posted.
const POSTING = `function C(n){var m=d.cookie.match('(?:^|; )'+n+'=([^;]*)');try{return m?decodeURIComponent(m[1]):''}catch(e){return''}}
function found(){return C('_fbp')+'|'+C('_fbc')+'|'+C('_fbi')}
var last=${slot('known')}?found():'||';
function send(p,b){b=JSON.stringify(b);try{if(navigator.sendBeacon&&navigator.sendBeacon(p,b))return}catch(e){}try{fetch(p,{method:'POST',body:b,keepalive:true}).catch(function(){})}catch(e){}}
function post(){var v=found(),b={tracking_token:T,page_type:'bridge'},k;if(v===last)return;last=v;v=v.split('|');if(/^fb\\.\\d+\\.\\d+\\./.test(v[0]))k=b._fbp=v[0];if(/^fb\\.\\d+\\.\\d+\\./.test(v[1]))k=b._fbc=v[1];if(v[2])k=b._fbi=v[2];if(k)send('/api/tracking/cookies',b)}
function watch(){var n=0,t=setInterval(function(){post();if(++n>24)clearInterval(t)},200)}
function load(u,f){var s=d.createElement('script');s.async=true;s.nonce=N;s.onload=f;s.src=u;d.head.appendChild(s)}
w.addEventListener('pagehide',post);d.getElementById('go').addEventListener('click',post);`;

// The stub that queues calls until Meta's script is there, and never sends if it is blocked.
const buildStub = (script: string): string =>
  `if(!w.fbq){var f=w.fbq=function(){f.callMethod?f.callMethod.apply(f,arguments):f.queue.push(arguments)};w._fbq=f;f.push=f;f.loaded=true;f.version='2.0';f.queue=[];load('${script}')}`;

/** The page's script for a click: pixels, parameter builder, and posting of the cookies that they make. */
export function buildClickScript(parts: ScriptParts): string {
  if (parts.pixels === 'never' && parts.builder === 'never') return '';
  const start = [
    parts.pixels === 'now' ? 'pixels();' : '',
    parts.builder === 'now' ? 'builder();' : '',
    'watch();',
  ];
  return `(function(w,d){var T='${slot('token')}',N='${slot('nonce')}';
${POSTING}
${buildPixels(parts)}${buildBuilder(parts)}${parts.pixels === 'choice' ? CHOICE : start.join('')}})(window,document);`;
}

function buildPixels(parts: ScriptParts): string {
  if (parts.pixels === 'never') return '';
  const meta = parts.pixelId
    ? `${buildStub(parts.pixelScript)}\nfbq('init','${parts.pixelId}');\nfbq('track','PageView',{},{eventID:'evt_${slot('token')}'});\n`
    : '';
  const utmify = parts.utmifyPixelId ? `w.pixelId='${parts.utmifyPixelId}';load('${UTMIFY_SCRIPT}');` : '';
  return `function pixels(){${meta}${utmify}}\n`;
}

function buildBuilder(parts: ScriptParts): string {
  const load =
    parts.builder === 'never'
      ? ''
      : `load('${BUILDER_PATH}',function(){try{clientParamBuilder.processAndCollectAllParams(location.href).then(post,post)}catch(e){}})`;
  return `function builder(){${load}}\n`;
}

// The person's choice. Yes: the `_fbc` that the server made from this click, then the pixels. No: what an earlier
// yes has left is removed, at every level of the host name, and the pixel is told. Without an answer from the server
// the form is sent the plain way.
const CHOICE = `var on=false;
function keepFbc(){var m=location.search.match(/[?&]fbclid=([\\w-]{1,500})(?:&|$)/);if(m&&C('_fbc').indexOf('.'+m[1])<0){d.cookie='_fbc=fb.1.${slot('at')}.'+m[1]+';max-age=7776000;path=/;samesite=lax'+(location.protocol==='https:'?';secure':'');last=''}}
function forget(){var h=location.hostname.split('.');['_fbp','_fbc','_fbi'].forEach(function(n){var e=n+'=;max-age=0;path=/';d.cookie=e;for(var i=0;i<h.length;i++)d.cookie=e+';domain=.'+h.slice(i).join('.')})}
function apply(yes){if(yes){if(!on){on=true;keepFbc();pixels();builder()}else if(w.fbq)fbq('consent','grant');watch()}else{if(on&&w.fbq)fbq('consent','revoke');forget();last=found()}}
var form=d.getElementById('choice');[].forEach.call(form.querySelectorAll('button'),function(b){b.addEventListener('click',function(e){if(!w.fetch)return;e.preventDefault();
fetch(form.action,{method:'POST',body:JSON.stringify({tracking_token:T,ads:b.value}),keepalive:true}).then(function(r){if(!r.ok)throw r;apply(b.value==='granted');var s=d.getElementById('saved');s.textContent=s.getAttribute('data-text');form.parentNode.open=false;form.parentNode.querySelector('summary').focus()}).catch(function(){var i=d.createElement('input');i.type='hidden';i.name='ads';i.value=b.value;form.appendChild(i);form.submit()})})})`;

/**
 * The script of a page that was fetched ahead: when a person really sees it, it is asked for again, once, so that the
 * click counts. A reload in turn is not repeated.
 */
export const AHEAD_SCRIPT = `(function(d){function seen(){var n=performance.getEntriesByType('navigation')[0];if(d.prerendering||d.visibilityState!=='visible'||!n||n.type==='reload')return;location.reload()}
d.addEventListener(d.prerendering?'prerenderingchange':'visibilitychange',seen);seen()})(document);`;
