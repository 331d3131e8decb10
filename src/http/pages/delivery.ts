import { purchaseEventId } from '../../domain/event-ids.ts';
import { buildDecimal, buildMoneyText } from '../../domain/money.ts';
import type { DeliveryView } from '../../payments/open-delivery.ts';
import { amountOf } from '../../payments/payment-row.ts';
import { linksOf } from '../go/pool-links.ts';
import { escapeHtml, readLink } from './escape.ts';
import { BACK, MARK, RING, TICK } from './icons.ts';
import { localeOf, type PageLanguage } from './language.ts';
import { buildPage } from './layout.ts';

/** In which language, and with which nonce, a page is written. */
export interface PageSetting {
  readonly language: PageLanguage;
  readonly nonce: string;
}

const TEXTS = {
  pt: {
    unknown: ['Link não encontrado', 'Confira se o link está completo, como você o recebeu no chat.'],
    unpaid: [
      'Pagamento pendente',
      'Ainda não recebemos a confirmação do seu pagamento. Esta página se atualiza sozinha.',
    ],
    expired: 'O código PIX expirou. Se você já pagou, aguarde: a confirmação ainda pode chegar.',
    paid: ['Pagamento confirmado', 'Obrigado pela compra! O seu acesso está pronto.'],
    open: 'Acessar agora',
    refunded: ['Pagamento devolvido', 'Este pagamento foi devolvido, e o acesso terminou.'],
    sandbox: 'SANDBOX: pagamento de teste, nenhum dinheiro de verdade.',
  },
  en: {
    unknown: ['Link not found', 'Check that the link is complete, as you received it in the chat.'],
    unpaid: [
      'Payment pending',
      'We have not received the confirmation of your payment yet. This page refreshes by itself.',
    ],
    expired: 'The PIX code has expired. If you have already paid, wait: the confirmation may still come.',
    paid: ['Payment confirmed', 'Thank you for your purchase! Your access is ready.'],
    open: 'Open it now',
    refunded: ['Payment refunded', 'This payment was given back, and the access has ended.'],
    sandbox: 'SANDBOX: a test payment, no real money.',
  },
} as const;

/** The page behind a delivery link; the pixel is on it only where `pixelId` says so. */
export function buildDeliveryPage(view: DeliveryView, setting: PageSetting): string {
  const texts = TEXTS[setting.language];
  const note = view.kind !== 'unknown' && view.isSimulated ? { simulatedNote: texts.sandbox } : {};
  const [title] = texts[view.kind];
  return buildPage({
    ...setting,
    ...note,
    title,
    head: buildHead(view, setting),
    body: buildBody(view, setting),
  });
}

function buildHead(view: DeliveryView, { nonce }: PageSetting): string {
  if (view.kind === 'unpaid') return `<meta http-equiv="refresh" content="${view.refreshSeconds}">\n`;
  if (view.kind !== 'paid' || view.pixelId === null) return '';
  return `<script nonce="${nonce}">${buildPurchaseScript(view, view.pixelId)}</script>\n`;
}

/**
 * The browser's Purchase. A browser sends it once: Meta drops a repetition of the id within 48 hours, but need not
 * be bothered with every reload.
 */
function buildPurchaseScript(view: Extract<DeliveryView, { kind: 'paid' }>, pixelId: string): string {
  const { cents, currency } = amountOf(view.payment);
  const eventId = purchaseEventId(view.payment.id);
  return `(function(w,d){try{if(localStorage.getItem('${eventId}'))return;localStorage.setItem('${eventId}','1')}catch(e){}
var f=w.fbq=function(){f.callMethod?f.callMethod.apply(f,arguments):f.queue.push(arguments)};w._fbq=f;f.push=f;f.loaded=true;f.version='2.0';f.queue=[];
var s=d.createElement('script');s.async=true;s.nonce=d.currentScript.nonce;s.src='${linksOf(view).pixelScript}';d.head.appendChild(s);
fbq('init','${pixelId.replace(/\W/g, '')}');
fbq('track','Purchase',{value:${buildDecimal(cents)},currency:'${currency.replace(/[^A-Z]/g, '')}'},{eventID:'${eventId}'});
})(window,document);`;
}

function buildBody(view: DeliveryView, { language }: PageSetting): string {
  const texts = TEXTS[language];
  const [title, text] = texts[view.kind];
  const intro = (mark: string) => `${mark}<h1>${title}</h1><p class="soft">${text}</p>`;
  switch (view.kind) {
    case 'unknown':
      return intro(`<div class="mark warn">${MARK}</div>`);
    case 'unpaid': {
      const late = view.payment.status === 'expired' ? `<p class="soft">${texts.expired}</p>` : '';
      return `${intro(`<div class="mark turning">${RING}</div>`)}${late}${buildSale(view, language)}`;
    }
    case 'refunded':
      return `${intro(`<div class="mark warn">${BACK}</div>`)}${buildSale(view, language)}`;
    case 'paid':
      return `${intro(`<div class="mark good">${TICK}</div>`)}${buildSale(view, language)}${buildAccess(view, language)}`;
  }
}

function buildSale(view: Exclude<DeliveryView, { kind: 'unknown' }>, language: PageLanguage): string {
  const price = buildMoneyText(amountOf(view.payment), localeOf(language));
  return `<p><strong>${escapeHtml(view.payment.product_name)}</strong><br><span class="soft">${escapeHtml(price)}</span></p>`;
}

function buildAccess(view: Extract<DeliveryView, { kind: 'paid' }>, language: PageLanguage): string {
  const link = readLink(view.payment.product_delivery_url);
  if (link === null) return `<p>${escapeHtml(view.payment.product_delivery_url)}</p>`;
  return `<a class="button" href="${escapeHtml(link)}" rel="noreferrer">${TEXTS[language].open}</a>`;
}
