// Megabytes a second as Wasm under V8, which is what a Worker runs, beside regular
// expressions alone:
//   cargo build --release --target wasm32-unknown-unknown -p lango-personal-data --example detect
//   node crates/personal-data/benches/v8.mjs
// It fails below the budget of 50 MB/s on mail or JSON.
import { readFile } from "node:fs/promises";

const BUDGET = 50;
const built = new URL(
  "../../../target/wasm32-unknown-unknown/release/examples/detect.wasm",
  import.meta.url,
);
const module = await WebAssembly.compile(await readFile(built));
const instance = await WebAssembly.instantiate(module, {});
const { run, memory } = instance.exports;

// The time of the processor, not of the clock: other work on the machine does not count.
const cpu = (work) => {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return user + system;
};
const speed = (number, bytes, rounds, expressions, repeats = 7) => {
  run(number, bytes, 1, expressions);
  const times = Array.from({ length: repeats }, () => cpu(() => run(number, bytes, rounds, expressions)));
  return (bytes * rounds) / Math.min(...times);
};

// V8 compiles in the background; only what the detector does itself is asked for.
run(1, 1, 1, 0);
await new Promise((resolve) => setTimeout(resolve, 1500));
const first = cpu(() => run(0, 1, 1, 0)) / 1000;
const before = memory.buffer.byteLength;
const results = [];
for (const [number, name] of [[0, "mail"], [1, "JSON"]]) {
  const ours = speed(number, 1 << 18, 20, 0);
  results.push(ours);
  console.log(`${name}: ${ours.toFixed(0)} MB/s`);
}
run(0, 1 << 20, 1, 0);
const grown = (memory.buffer.byteLength - before) / 2 ** 20;
console.log(`first text: ${first.toFixed(2)} ms; memory at the start ${(before / 2 ** 20).toFixed(1)} MiB, and ${grown.toFixed(1)} MiB more for 1 MiB of mail, that mail included`);
for (let number = 2; number < 12; number += 1) {
  const [small, large] = [speed(number, 1 << 16, 8, 0, 3), speed(number, 1 << 20, 1, 0, 3)];
  console.log(`hostile text ${number - 1}: ${small.toFixed(0)} MB/s at 64 KiB, ${large.toFixed(0)} MB/s at 1 MiB`);
}
for (const [number, name] of [[0, "mail"], [1, "JSON"]]) {
  console.log(`regular expressions alone, ${name}: ${speed(number, 1 << 16, 1, 1, 3).toFixed(1)} MB/s`);
}
if (Math.min(...results) < BUDGET) throw new Error(`the budget is ${BUDGET} MB/s`);
