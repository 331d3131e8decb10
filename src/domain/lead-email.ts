const FREE = new Set(
  (
    'gmail.com googlemail.com outlook.com outlook.com.br hotmail.com hotmail.com.br hotmail.co.uk hotmail.es ' +
    'hotmail.fr hotmail.it live.com live.com.pt live.co.uk msn.com yahoo.com yahoo.com.br yahoo.com.ar yahoo.co.uk ' +
    'yahoo.es yahoo.fr yahoo.it yahoo.de yahoo.co.in yahoo.co.jp ymail.com rocketmail.com icloud.com me.com mac.com ' +
    'aol.com proton.me protonmail.com pm.me tutanota.com tuta.io zoho.com zohomail.com gmx.com gmx.net gmx.de web.de ' +
    't-online.de mail.com email.com usa.com mail.ru bk.ru inbox.ru list.ru yandex.com yandex.ru rambler.ru ' +
    'qq.com 163.com 126.com sina.com naver.com hanmail.net daum.net rediffmail.com fastmail.com hey.com ' +
    'hushmail.com inbox.com orange.fr wanadoo.fr laposte.net free.fr sfr.fr libero.it virgilio.it tiscali.it ' +
    'comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net btinternet.com sky.com ' +
    'virginmedia.com sapo.pt mail.pt clix.pt iol.pt terra.com terra.es ' +
    'uol.com.br bol.com.br terra.com.br ig.com.br superig.com.br globo.com globomail.com r7.com zipmail.com.br ' +
    'oi.com.br oi.net.br pop.com.br itelefonica.com.br veloxmail.com.br brturbo.com.br click21.com.br ibest.com.br ' +
    'folha.com.br folha.uol.com.br vivointernetdiscada.com.br netsite.com.br uai.com.br bemail.com.br ' +
    'virtua.com.br netvirtua.com.br vivo.com.br claro.com.br hotmail.com.ar live.com.ar yahoo.com.mx prodigy.net.mx'
  ).split(/\s+/),
);

const DISPOSABLE = new Set(
  (
    'mailinator.com guerrillamail.com guerrillamail.net sharklasers.com 10minutemail.com 10minutemail.net ' +
    'temp-mail.org temp-mail.io tempmail.com tempmailo.com tempail.com tempr.email throwawaymail.com yopmail.com ' +
    'yopmail.fr yopmail.net getnada.com nada.email dispostable.com maildrop.cc mailnesia.com mintemail.com ' +
    'mohmal.com moakt.com fakeinbox.com trashmail.com trashmail.de discard.email spamgourmet.com emailondeck.com ' +
    'mytemp.email burnermail.io inboxkitten.com mailcatch.com spam4.me grr.la tmpmail.org tmpmail.net ' +
    'emailfake.com email-fake.com crazymailing.com luxusmail.org 1secmail.com 1secmail.org 1secmail.net'
  ).split(/\s+/),
);

/** What the part after the @ tells of an address. */
export interface EmailKind {
  readonly domain: string;
  /** Neither a free provider's nor a throw-away address. */
  readonly isBusiness: boolean;
  /** A mailbox that is open to all and gone in minutes. */
  readonly isDisposable: boolean;
}

/** Reads the domain of a normalised address (see `readEmail`). */
export function readEmailKind(email: string): EmailKind {
  const domain = email.slice(email.lastIndexOf('@') + 1);
  const isDisposable = DISPOSABLE.has(domain);
  return { domain, isDisposable, isBusiness: !isDisposable && !FREE.has(domain) };
}
