/** What a voice says of itself in a preview: short, in its own language, with open vowels and a question's rise or a full close. */

const sentences: Readonly<Record<string, string>> = {
  de: 'Guten Tag, so klinge ich. Wollen wir anfangen?',
  en: 'Hello, this is how I sound. Shall we begin?',
  es: 'Hola, así suena mi voz. ¿Empezamos?',
  fr: 'Bonjour, voici ma voix. On commence ?',
  hi: 'नमस्ते, मेरी आवाज़ ऐसी है। क्या हम शुरू करें?',
  it: 'Ciao, questa è la mia voce. Cominciamo?',
  ja: 'こんにちは。これが私の声です。始めましょうか。',
  nl: 'Hallo, zo klink ik. Zullen we beginnen?',
  pl: 'Dzień dobry, tak brzmi mój głos. Zaczynamy?',
  pt: 'Olá, é assim que eu soo. Vamos começar?',
  ru: 'Здравствуйте, вот мой голос. Начнём?',
  uk: 'Добрий день, ось мій голос. Почнемо?',
  zh: '你好，这就是我的声音。我们开始吧？',
};

/** `language` is BCP 47; the region does not matter. A language without a sentence of its own gets the English one. */
export function previewSentence(language: string): string {
  return sentences[language.split('-')[0]!.toLowerCase()] ?? sentences['en']!;
}
