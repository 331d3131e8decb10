import { createHash } from 'node:crypto';
import { escapeHtml } from '../pages/escape.ts';
import { TICK } from '../pages/icons.ts';
import { localeOf, type PageLanguage } from '../pages/language.ts';
import { buildLiveScript, buildTryPage, type TryView } from './try-frame.ts';
import type { WalkStep } from './walk-steps.ts';
import { WALK_STYLE } from './walk-style.ts';
import { WALK_TEXTS } from './walk-texts.ts';

/** Markup that is put in again when its version changes. */
export interface LivePart {
  readonly version: string;
  readonly html: string;
}

/** The walk: the sample ad and the steps. */
export function buildWalkPage(
  view: TryView,
  walk: { readonly adUrl: string; readonly steps: readonly WalkStep[] },
): string {
  const texts = WALK_TEXTS[view.language];
  const steps = buildStepList(view, walk.steps);
  const body = `<h1>${texts.title}</h1><p class="lede">${texts.lede}</p>
<div class="walk"><section class="panel ad" aria-labelledby="ad"><h2 id="ad">${texts.adHeading}</h2>${buildAd(walk.adUrl, view.language)}<p class="soft">${texts.adNote}</p></section>
<section class="panel" aria-labelledby="steps-title"><h2 id="steps-title">${texts.stepsHeading}</h2><div id="steps" aria-live="polite" data-version="${steps.version}">${steps.html}</div></section></div>`;
  return buildTryPage(view, {
    kind: 'walk',
    title: texts.title,
    body,
    style: WALK_STYLE,
    script: buildLiveScript({ url: '/try/steps', target: 'steps', everyMs: 1200 }),
  });
}

/** The steps with their ticks, what to do next, and where to look. */
export function buildStepList(
  view: Pick<TryView, 'language' | 'bot' | 'traceRef'>,
  steps: readonly WalkStep[],
): LivePart {
  const texts = WALK_TEXTS[view.language];
  const next = steps.find((step) => !step.isDone);
  const done = steps.filter((step) => step.isDone).length;
  const items = steps.map((step) => buildStep(step, step === next, view.language));
  const end = next ? '' : `<p class="finished">${TICK}<span>${texts.finished} ${texts.again}</span></p>`;
  const html = `<p class="soft">${texts.progress(done, steps.length)}</p><progress max="${steps.length}" value="${done}" aria-hidden="true"></progress><ol class="steps">${items.join('')}</ol>${end}${done === 0 ? '' : buildLooks(view)}`;
  return { version: createHash('sha256').update(html).digest('hex').slice(0, 16), html };
}

function buildStep(step: WalkStep, isNext: boolean, language: PageLanguage): string {
  const text = WALK_TEXTS[language].steps[step.id];
  const time = step.at
    ? ` <time datetime="${step.at.toISOString()}">${step.at.toLocaleTimeString(localeOf(language))}</time>`
    : '';
  const words = step.isDone ? text.done : isNext ? text.todo : '';
  const state = step.isDone ? 'done' : isNext ? 'next' : 'later';
  return `<li class="${state}" data-step="${step.id}"><span class="dot">${step.isDone ? TICK : ''}</span><div><strong>${text.title}</strong>${time}${words ? `<br><span class="soft">${words}</span>` : ''}</div></li>`;
}

function buildLooks(view: Pick<TryView, 'language' | 'bot' | 'traceRef'>): string {
  const texts = WALK_TEXTS[view.language];
  const trace =
    view.traceRef === null
      ? ''
      : `<a class="button small plain" href="/try/trace/${escapeHtml(view.traceRef)}">${texts.openTrace}</a>`;
  return `<p class="looks"><a class="button small" href="/try/chat/${view.bot}">${texts.openChat}</a><a class="button small plain" href="/try/meta">${texts.openMeta}</a>${trace}</p>`;
}

function buildAd(url: string, language: PageLanguage): string {
  const texts = WALK_TEXTS[language];
  return `<article class="post"><div class="who"><span class="face" aria-hidden="true">EA</span><div><strong>Estúdio Aurora</strong><br><span class="soft">${texts.sponsored}</span></div></div>
<p>${texts.adText}</p><a class="creative" id="ad-link" href="${escapeHtml(url)}" target="_blank" rel="noopener">${buildPicture(texts.adPicture)}<span class="bar"><span><span class="soft">${texts.adSite}</span><br><strong>${texts.adTitle}</strong></span><span class="cta">${texts.adButton}</span></span></a></article>`;
}

const buildPicture = (label: string): string =>
  `<svg class="picture" viewBox="0 0 480 300" role="img" aria-label="${label}"><defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#3b1d5e"/><stop offset=".55" stop-color="#b4235a"/><stop offset="1" stop-color="#ff9a5a"/></linearGradient></defs><path fill="url(#sky)" d="M0 0h480v300H0z"/><circle cx="352" cy="176" r="58" fill="#ffd58a"/><path d="M0 236c70-46 140-52 214-16s160 28 266-22v102H0z" fill="#2a1440" opacity=".85"/><path d="M0 270c110-34 220-30 300-8s130 14 180 0v38H0z" fill="#160a24"/><g transform="translate(96 84)"><rect x="0" y="22" width="172" height="116" rx="18" fill="#fff" opacity=".95"/><path d="M52 22l12-18h44l12 18z" fill="#fff" opacity=".95"/><circle cx="86" cy="80" r="42" fill="#2a1440"/><circle cx="86" cy="80" r="30" fill="#b4235a"/><circle cx="75" cy="69" r="9" fill="#fff" opacity=".8"/><circle cx="148" cy="44" r="7" fill="#b4235a"/></g></svg>`;
