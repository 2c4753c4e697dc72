// Screening as Wasm under V8, which is what a Worker runs:
//   cargo build --release --target wasm32-unknown-unknown -p lango-screening --example screen
//   node crates/screening/benches/v8.mjs
// It fails below 50 MB/s on mail or JSON, beyond 10 ms of start-up or 6 MiB of memory,
// and where a text made to be slow takes longer than twice its share.
import { readFile } from "node:fs/promises";

const [SPEED, START_UP, MEMORY] = [50, 10, 6 << 20];
const MIB = 1 << 20;

const built = new URL(
  "../../../target/wasm32-unknown-unknown/release/examples/screen.wasm",
  import.meta.url,
);
const { instance } = await WebAssembly.instantiate(await readFile(built), {});
const { exports } = instance;

// The time of the processor, not of the clock: other work on the machine does not count.
const milliseconds = (run) => {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
};
const best = (run) => Math.min(...Array.from({ length: 7 }, () => milliseconds(run)));
const missed = [];
const hold = (name, good) => good || missed.push(name);

const before = exports.memory.buffer.byteLength;
const startUp = milliseconds(() => exports.start());
const memory = exports.memory.buffer.byteLength - before;
console.log(`start-up ${startUp.toFixed(1)} ms, memory ${(memory / 1e6).toFixed(1)} MB`);
hold("start-up", startUp < START_UP);
hold("memory", memory < MEMORY);

const times = 32;
for (const [kind, name] of ["mail", "JSON"].entries()) {
  for (const [what, run] of [["screened", exports.screen], ["neutralised", exports.neutralised]]) {
    run(kind, 16384, times);
    const spent = best(() => run(kind, 16384, times));
    const speed = (16384 * times) / spent / 1000;
    console.log(`${name} of 16 KiB ${what}: ${speed.toFixed(0)} MB/s`);
    hold(`${name} ${what}`, speed >= SPEED);
  }
}
const hostile = [
  "anchors", "<", "stops", "comments", "base64", "unseen", "letters apart", "links", "words",
];
for (const [index, name] of hostile.entries()) {
  const run = (bytes) => best(() => exports.screen(index + 2, bytes, 1));
  const [small, large] = [run(MIB / 8), run(MIB)];
  console.log(
    `hostile (${name}): 128 KiB in ${small.toFixed(1)} ms, 1 MiB in ${large.toFixed(1)} ms`,
  );
  hold(`hostile ${name}`, large <= Math.max(small, 2) * 16);
}
const total = exports.memory.buffer.byteLength;
console.log(`memory in the end, texts of 1 MiB included: ${(total / 1e6).toFixed(1)} MB`);
if (missed.length > 0) throw new Error(`missed: ${missed.join(", ")}`);
