// Texts made to be slow, as Wasm under V8, which is what a Worker runs (scripts/guard-bench
// times ordinary ones):
//   cargo build --release --target wasm32-unknown-unknown -p lango-redaction --example throughput
//   node crates/redaction/benches/v8.mjs
// It fails where time grows faster than the text.
import { readFile } from "node:fs/promises";

const [KIB, MIB] = [1024, 1024 * 1024];
// The numbers of examples/throughput.rs: the way of secrets and personal data together,
// and the first of these texts.
const [EVERYTHING, FIRST_SLOW] = [1, 3];
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
const wasm = await fresh();
for (const [index, of] of SLOW.entries()) {
  const text = FIRST_SLOW + index;
  const [small, large] = [speed(wasm, EVERYTHING, text, 128 * KIB, 1), speed(wasm, EVERYTHING, text, MIB, 1)];
  console.log(`adversarial ${of}: 128 KiB ${small.toFixed(1)} MB/s, 1 MiB ${large.toFixed(1)} MB/s`);
  if (large < small / 3) failures.push(`${of} is not linear`);
}
if (failures.length > 0) throw new Error(failures.join("; "));
