/** What the bridge page adds to the look of all public pages. */
export const BRIDGE_STYLE = `body{background:radial-gradient(70rem 32rem at 50% -14rem,var(--glow,rgba(23,105,224,.16)),transparent 70%) no-repeat var(--ground)}
.card{padding:0;overflow:hidden;box-shadow:0 1px 2px rgba(0,0,0,.05),0 14px 40px rgba(0,0,0,.08)}.in{padding:1.75rem 1.5rem 1.5rem}
.pic{display:block;width:100%;height:auto;max-height:36vh;aspect-ratio:16/9;object-fit:cover;background:var(--line)}
.mark{border:0;width:4.5rem;height:4.5rem;background:var(--accent);color:var(--on-accent)}.mark svg{width:2.25rem;height:2.25rem}
h1{font-size:1.625rem;letter-spacing:-.01em}.lead{white-space:pre-line;color:var(--soft);font-size:1.0625rem;margin-bottom:1.5rem}
.go{display:flex;align-items:center;justify-content:center;gap:.625rem;min-height:3.75rem;margin:0;border-radius:1rem;font-size:1.1875rem;overflow-wrap:anywhere}
.go svg{flex:none;width:1.5rem;height:1.5rem}.bot{margin:.75rem 0 0}.app{display:none;padding:.75rem;margin-top:.25rem;color:var(--soft);font-size:.875rem}
@media(pointer:coarse){.app{display:block}}a{color:inherit}
details{border-top:1px solid var(--line);padding:0 1.5rem;text-align:left;font-size:.875rem;color:var(--soft)}summary{padding:.875rem 0;cursor:pointer;font-weight:600}
summary:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:.25rem}details p{margin:0 0 .75rem;color:var(--ink)}.two{display:flex;gap:.75rem;padding-bottom:1.25rem}.two .button{flex:1;margin:0;min-height:3rem;padding:.5rem}
#saved{margin:0}#saved:not(:empty){padding:0 1.5rem 1rem}
@media(max-width:22rem){main{padding:.5rem}.in{padding:1.25rem 1rem 1rem}details{padding:0 1rem}}
@media(prefers-reduced-motion:no-preference){.go{transition:transform .12s}.go:active{transform:scale(.98)}}`;

/** Telegram's paper plane, drawn here. */
export const PLANE =
  '<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><path d="M21.4 3.1 2.6 10.4c-.9.4-.9 1.6.1 1.9l4.6 1.4 1.8 5.5c.2.8 1.2 1 1.8.4l2.6-2.5 4.7 3.4c.7.5 1.6.1 1.8-.7l3-15.2c.2-1-.7-1.8-1.6-1.5ZM9.6 14.6l-.6 3.1-1.3-4.3 10-6.6-8.1 7.8Z"/></svg>';
