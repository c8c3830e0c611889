/** Tells text that a voice can say something of from punctuation and decoration. */

/** Symbols that espeak reads by name in English; letters, digits and pictographs are matched by class. */
const speakable = /[\p{L}\p{N}\p{Extended_Pictographic}#%&*@/\\§¶+=~¬±×÷°¢£$¥₩€₹₨←↑→↓∑∂∞≈≠≡≤≥√∛∫∬∴∵∝−№℞♭♯■●]/u;

/**
 * True where at least one letter, digit or spoken symbol is in the text. Some rare letters and emoji are silent
 * in espeak all the same; the engine, which knows, answers those with `input_empty`.
 */
export function hasSpeakableContent(text: string): boolean {
  return speakable.test(text);
}
