// How fast text goes through as Wasm under V8, which is what a Worker runs:
//   cargo build --release --target wasm32-unknown-unknown -p lango-redaction --example throughput
//   node crates/redaction/benches/v8.mjs
// It fails below the budgets.
import { readFile } from "node:fs/promises";

const BUDGET_MEGABYTES_A_SECOND = 50;
const BUDGET_START_MILLISECONDS = 10;
const [KIB, MIB] = [1024, 1024 * 1024];
const WAYS = ["secrets", "secrets and personal data", "regex only"];
const ORDINARY = ["mail", "JSON", "log"];
const SLOW = ["token=x", "password for a is", "api_key", "://a:b@", "eyJaaa.", "PEM", "4111 1111", "QUtJQQ==", "a"];

const built = new URL(
  "../../../target/wasm32-unknown-unknown/release/examples/throughput.wasm",
  import.meta.url,
);
const module = await WebAssembly.compile(await readFile(built));
const fresh = async () => (await WebAssembly.instantiate(module, {})).exports;

// The time of the processor, not of the clock: other work on the machine does not count.
const timed = (work) => {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1e6;
};
const speed = (wasm, way, text, length, times) => {
  const bytes = wasm.prepare(text, length);
  wasm.run(way, 2);
  const rounds = Array.from({ length: 7 }, () => (bytes * times) / 1e6 / timed(() => wasm.run(way, times)));
  return rounds.sort((a, b) => a - b)[3];
};

const failures = [];
for (const [way, name] of WAYS.entries()) {
  const wasm = await fresh();
  wasm.prepare(0, 64);
  const before = wasm.memory.buffer.byteLength;
  const start = timed(() => wasm.run(way, 1)) * 1e3;
  const memory = (wasm.memory.buffer.byteLength - before) / MIB;
  console.log(`${name}: start ${start.toFixed(1)} ms, ${memory.toFixed(2)} MiB`);
  if (way < 2 && start >= BUDGET_START_MILLISECONDS) failures.push(`${name} starts in ${start} ms`);
  for (const [text, of] of ORDINARY.entries()) {
    const found = speed(wasm, way, text, 64 * KIB, way < 2 ? 20 : 1);
    console.log(`  ${of}: ${found.toFixed(0)} MB/s`);
    if (way < 2 && found < BUDGET_MEGABYTES_A_SECOND) failures.push(`${name} on ${of}: ${found.toFixed(0)} MB/s`);
  }
}
const wasm = await fresh();
for (const [index, of] of SLOW.entries()) {
  const text = ORDINARY.length + index;
  const [small, large] = [speed(wasm, 1, text, 128 * KIB, 1), speed(wasm, 1, text, MIB, 1)];
  console.log(`adversarial ${of}: 128 KiB ${small.toFixed(1)} MB/s, 1 MiB ${large.toFixed(1)} MB/s`);
  if (large < small / 3) failures.push(`${of} is not linear`);
}
if (failures.length > 0) throw new Error(failures.join("; "));
