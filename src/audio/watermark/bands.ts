/** Where in time and pitch the mark lies: slots of 10 ms, 24 bands from 400 Hz to 7.35 kHz, in blocks that hold the whole payload once. */

/** One pattern of gains a slot. */
export const slotsPerSecond = 100;
/** 1.28 s: every coded bit stands in each block about nine times. */
export const slotsPerBlock = 128;

/** In Hz; each is a tenth of its pitch wide, and 150 Hz at the least, which is what an ear takes together. */
export const bandEdgesHz: readonly number[] = bandEdges();
export const bandCount = bandEdgesHz.length - 1;
/** These lie below 3.43 kHz and come through a telephone. */
export const lowBandCount = 16;
export const cellsPerBlock = slotsPerBlock * bandCount;

/** What the ear makes of a pattern of gains depends on its pitch: less is heard of it high up. */
export const bandWeights: readonly number[] = Array.from({ length: bandCount }, (_, band) => {
  const centreHz = (bandEdgesHz[band]! + bandEdgesHz[band + 1]!) / 2;
  if (centreHz < 1_200) return 0.6;
  return centreHz < 3_500 ? 1 : 1.3;
});

function bandEdges(): number[] {
  const edges = [400];
  while (edges.at(-1)! < 7_000) edges.push(edges.at(-1)! + Math.max(150, edges.at(-1)! / 10));
  return edges;
}
