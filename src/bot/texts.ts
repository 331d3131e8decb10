/** The languages that the bots speak. */
export type BotLanguage = 'pt' | 'en';

/** Portuguese unless Telegram says that the person reads another language: the audience is Brazilian. */
export function chooseLanguage(languageCode: string | null): BotLanguage {
  return languageCode === null || languageCode.toLowerCase().startsWith('pt') ? 'pt' : 'en';
}

/** The locale in which amounts and hours are written. */
export const localeOf = (language: BotLanguage): string => (language === 'pt' ? 'pt-BR' : 'en-US');

/** Escapes a value for Telegram's HTML parse mode. */
export function escapeTelegramHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

interface BotTexts {
  readonly welcome: string;
  readonly chooseProduct: string;
  readonly nothingToSell: string;
  readonly buy: (product: string, price: string) => string;
  readonly scan: (product: string, price: string, minutes: number) => string;
  readonly copyCode: string;
  readonly copyButton: string;
  readonly paidButton: string;
  readonly sandbox: (url: string) => string;
  readonly makingCode: string;
  readonly notYetPaid: string;
  readonly alreadyPaid: string;
  readonly noLongerPayable: string;
  readonly unknownButton: string;
  readonly gone: string;
  readonly chargeFailed: string;
  readonly noGateway: string;
  readonly delivered: (product: string, url: string) => string;
  readonly expired: (product: string) => string;
  readonly optOutButton: string;
  readonly optedOut: string;
  readonly optedIn: string;
}

/** Every text that a bot says; products and prices come in already escaped. */
export const botTexts: Readonly<Record<BotLanguage, BotTexts>> = {
  pt: {
    welcome: 'Olá! Que bom ter você aqui.',
    chooseProduct: 'Escolha uma opção:',
    nothingToSell: 'Ainda não há nada à venda aqui. Volte em breve!',
    buy: (product, price) => `${product} — ${price}`,
    scan: (product, price, minutes) =>
      `<b>${product}</b>\nValor: <b>${price}</b>\n\nAbra o app do seu banco, escolha pagar com PIX e leia este QR Code. Ele vale por ${minutes} minutos.`,
    copyCode: 'Ou copie o código PIX (toque nele para copiar) e cole no app do seu banco:',
    copyButton: 'Copiar código PIX',
    paidButton: 'Já paguei',
    sandbox: (url) =>
      `⚠️ <b>SANDBOX</b>: cobrança de teste, nenhum dinheiro de verdade.\nPague aqui: <a href="${url}">${url}</a>`,
    makingCode: 'Gerando o seu código PIX…',
    notYetPaid: 'Ainda não recebemos o pagamento. Assim que cair, avisamos aqui.',
    alreadyPaid: 'Pagamento confirmado! Veja a mensagem com o seu acesso.',
    noLongerPayable: 'Esta cobrança não está mais ativa. Envie /start para comprar de novo.',
    unknownButton: 'Este botão não vale mais. Envie /start para recomeçar.',
    gone: 'Este produto não está mais à venda. Envie /start para ver as opções.',
    chargeFailed: 'Não conseguimos gerar o PIX agora. Tente de novo em alguns instantes.',
    noGateway: 'As vendas estão pausadas no momento. Tente de novo mais tarde.',
    delivered: (product, url) =>
      `✅ Pagamento confirmado!\n\n<b>${product}</b>\nAcesse aqui: <a href="${url}">${url}</a>`,
    expired: (product) =>
      `O código PIX de <b>${product}</b> expirou. Se ainda quiser comprar, envie /start e gere outro.`,
    optOutButton: 'Não quero receber',
    optedOut:
      'Pronto: você não recebe mais as nossas novidades. O que você comprar continua chegando. Mudou de ideia? Envie /receber',
    optedIn: 'Combinado: você volta a receber as nossas novidades. Para parar, envie /sair',
  },
  en: {
    welcome: 'Hello! Good to have you here.',
    chooseProduct: 'Choose an option:',
    nothingToSell: 'There is nothing for sale here yet. Come back soon!',
    buy: (product, price) => `${product} — ${price}`,
    scan: (product, price, minutes) =>
      `<b>${product}</b>\nAmount: <b>${price}</b>\n\nOpen your bank's app, choose to pay by PIX and scan this QR code. It is valid for ${minutes} minutes.`,
    copyCode: "Or copy the PIX code (tap it to copy) and paste it into your bank's app:",
    copyButton: 'Copy PIX code',
    paidButton: 'I have paid',
    sandbox: (url) =>
      `⚠️ <b>SANDBOX</b>: a test charge, no real money.\nPay it here: <a href="${url}">${url}</a>`,
    makingCode: 'Making your PIX code…',
    notYetPaid: 'We have not received the payment yet. We will tell you here as soon as it arrives.',
    alreadyPaid: 'Payment confirmed! See the message with your access.',
    noLongerPayable: 'This charge is no longer active. Send /start to buy again.',
    unknownButton: 'This button is no longer valid. Send /start to begin again.',
    gone: 'This product is no longer for sale. Send /start to see the options.',
    chargeFailed: 'We could not make the PIX code now. Please try again in a moment.',
    noGateway: 'Sales are paused at the moment. Please try again later.',
    delivered: (product, url) =>
      `✅ Payment confirmed!\n\n<b>${product}</b>\nYour access: <a href="${url}">${url}</a>`,
    expired: (product) =>
      `The PIX code for <b>${product}</b> has expired. If you still want it, send /start and make another.`,
    optOutButton: 'Unsubscribe',
    optedOut:
      'Done: you will get no more news from us. What you buy still comes. Changed your mind? Send /receber',
    optedIn: 'All right: you will get our news again. To stop them, send /sair',
  },
};
