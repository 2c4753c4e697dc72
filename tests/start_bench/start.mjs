// Times how a Worker's Wasm starts under V8: read, compiled, instantiated, its start
// function run. Nothing of the Worker's runtime is there; what the module imports
// does nothing. `scripts/bench --start` calls this with `WORKER=MODULE.wasm` for each.
// It fails where one takes longer than the budget.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const BUDGET_MILLISECONDS = 50;
const PROCESSES = 9;

const { values: options, positionals: modules } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, once: { type: "boolean" } },
});

const stub = ({ name, kind }) => {
  if (kind === "function") return () => undefined;
  if (kind === "tag") return WebAssembly.JSTag ?? new WebAssembly.Tag({ parameters: ["externref"] });
  throw new Error(`The module imports ${name}, a ${kind}: say here what stands for it.`);
};
const stubs = (module) => {
  const imports = {};
  for (const wanted of WebAssembly.Module.imports(module)) (imports[wanted.module] ??= {})[wanted.name] = stub(wanted);
  return imports;
};

const usedByProcess = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

// One start in this process, which has started nothing before.
const once = (path) => {
  const bytes = readFileSync(path);
  const begun = { wall: performance.now(), processor: usedByProcess() };
  const module = new WebAssembly.Module(bytes);
  const compiled = performance.now();
  const imports = stubs(module);
  const linked = performance.now();
  const instance = new WebAssembly.Instance(module, imports);
  instance.exports.__wbindgen_start?.();
  const ended = performance.now();
  return {
    megabytes: bytes.length / 1e6,
    compiled: compiled - begun.wall,
    instantiated: ended - linked,
    started: ended - begun.wall - (linked - compiled),
    processor: usedByProcess() - begun.processor,
  };
};

if (options.once) {
  console.log(JSON.stringify(once(modules[0])));
  process.exit(0);
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const start = (module) => {
  const [worker, path] = module.split("=");
  const runs = Array.from({ length: PROCESSES }, () =>
    JSON.parse(execFileSync(process.execPath, [import.meta.filename, "--once", path], { encoding: "utf8" })),
  );
  const of = (part) => Number(median(runs.map((run) => run[part])).toFixed(1));
  return {
    worker,
    megabytes: Number(runs[0].megabytes.toFixed(1)),
    compiled: of("compiled"),
    instantiated: of("instantiated"),
    started: of("started"),
    processor: of("processor"),
    fastest: Number(Math.min(...runs.map((run) => run.started)).toFixed(1)),
  };
};

const starts = modules.map(start);
const missed = starts.filter(({ fastest }) => fastest > BUDGET_MILLISECONDS);
if (options.json) console.log(JSON.stringify({ starts, missed: missed.map(({ worker }) => worker) }));
else {
  console.log(`The start of a Worker's Wasm in a fresh process, ms, median of ${PROCESSES}:`);
  for (const { worker, megabytes, compiled, instantiated, started, fastest, processor } of starts) {
    const parts = `compiled ${compiled}, instantiated ${instantiated}; of processors ${processor}`;
    console.log(`  ${worker.padEnd(20)} ${String(started).padStart(6)} (fastest ${fastest}), ${megabytes} MB: ${parts}`);
  }
  for (const { worker, fastest } of missed) {
    console.log(`Missed: ${worker} starts in ${fastest} ms at best; the budget is ${BUDGET_MILLISECONDS} ms.`);
  }
}
process.exitCode = missed.length > 0 ? 1 : 0;
