// Keeps an archive in a folder: files are created and read; nothing here changes or removes
// one. workerd's disk service, which is behind it, would do both, so only this Worker is
// bound to that. One process, one isolate: `writing` knows of every file under way.

const NAME = /^\/t_[A-Za-z0-9_-]{1,64}\/[0-9]{16}-[0-9]{16}\.ndjson$/;
const writing = new Set();

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (!NAME.test(pathname)) return status(403);
    switch (request.method) {
      case "GET":
      case "HEAD":
        return env.FILES.fetch(`http://files${pathname}`, { method: request.method });
      case "PUT":
        return create(pathname, await request.arrayBuffer(), env.FILES);
      default:
        return status(405);
    }
  },
};

async function create(pathname, bytes, files) {
  if (bytes.byteLength === 0) return status(400);
  if (writing.has(pathname)) return status(503);
  writing.add(pathname);
  try {
    const url = `http://files${pathname}`;
    const there = await files.fetch(url, { method: "HEAD" });
    // What a loss of power has left of a file has no bytes.
    if (there.ok && there.headers.get("Content-Length") !== "0") return status(412);
    if (!there.ok && there.status !== 404) return status(502);
    const put = await files.fetch(url, { method: "PUT", body: bytes });
    return status(put.ok ? 201 : 502);
  } finally {
    writing.delete(pathname);
  }
}

function status(code) {
  return new Response(null, { status: code });
}
