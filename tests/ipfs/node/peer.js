// An IPFS node for the tests: Helia with its blocks in memory and no network but the loopback interface.
//
// One HTTP server has what zoopkg talks to, and what the tests ask of the node beside that:
//   POST /api/v0/{version,dag/import,pin/ls,block/stat}   as kubo has them (https://docs.ipfs.tech/reference/kubo/rpc/)
//   GET  /ipfs/CID[/NAME]                                 a path gateway, with single ranges
//   GET  /ipfs/CID?format=raw|car                         a trustless gateway
//   POST /test/cids    [[SIZE, LEAF], …]                  what the JavaScript importer makes of files
//   POST /test/fetch   {gateway, cid}                     a file that another node of Helia fetches from a gateway
// It tells its URL in the first line that it writes, and ends when its standard input does.

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { fallbackRouter } from '@helia/fallback-router'
import { trustlessGatewayBlockBroker } from '@helia/trustless-gateway-client'
import { unixfs } from '@helia/unixfs'
import { CarBlockIterator, CarWriter } from '@ipld/car'
import * as dagPb from '@ipld/dag-pb'
import { MemoryBlockstore } from 'blockstore-core'
import { createHeliaLight } from 'helia'
import { UnixFS } from 'ipfs-unixfs'
import { importByteStream } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'

const OFFLINE = { offline: true }
const helia = await createHeliaLight({ blockstore: new MemoryBlockstore() }).start()
const files = unixfs(helia)

class Refused extends Error {
  constructor (status, message) {
    super(message)
    this.status = status
  }
}

async function block (cid) {
  if (!await helia.blockstore.has(cid)) {
    throw new Refused(404, `${cid} is not here`)
  }
  const pieces = []
  for await (const piece of helia.blockstore.get(cid, OFFLINE)) {
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

// The RPC API of kubo --------------------------------------------------------------------------------------------------

function filesOf (form, contentType) {
  const boundary = Buffer.from(`\r\n--${/boundary=(.+)$/.exec(contentType ?? '')?.[1]}`)
  const all = Buffer.concat([Buffer.from('\r\n'), form])
  const found = []
  for (let at = all.indexOf(boundary); ;) {
    const next = all.indexOf(boundary, at + 1)
    if (at < 0 || next < 0) {
      return found
    }
    const part = all.subarray(at + boundary.length, next)
    found.push(part.subarray(part.indexOf('\r\n\r\n') + 4))
    at = next
  }
}

async function * dagImport (request, query) {
  const roots = []
  for (const file of filesOf(await buffer(request), request.headers['content-type'])) {
    const car = await CarBlockIterator.fromBytes(file)
    roots.push(...await car.getRoots())
    for await (const { cid, bytes } of car) {
      if (!createHash('sha256').update(bytes).digest().equals(Buffer.from(cid.multihash.digest))) {
        throw new Refused(500, `${cid} has other bytes`)
      }
      await helia.blockstore.put(cid, bytes)
    }
  }
  for (const root of query.get('pin-roots') === 'false' ? [] : roots) {
    yield { Root: { Cid: { '/': root.toString() }, PinErrorMsg: await pin(root) } }
  }
}

async function pin (root) {
  try {
    if (!await helia.pins.isPinned(root)) {
      for await (const _ of helia.pins.add(root, { signal: AbortSignal.timeout(20_000) })) { /* block by block */ }
    }
    return ''
  } catch (error) {
    return error.message
  }
}

async function * pinLs () {
  for await (const { cid } of helia.pins.ls()) {
    yield { Cid: cid.toString(), Type: 'recursive' }
  }
}

async function * blockStat (request, query) {
  const cid = CID.parse(query.get('arg'))
  yield { Key: cid.toString(), Size: (await block(cid)).length }
}

async function * version () {
  yield { Version: helia.info.version, Commit: '', System: 'helia' }
}

const METHODS = { 'dag/import': dagImport, 'pin/ls': pinLs, 'block/stat': blockStat, version }

async function rpc (request, response, path, query) {
  const method = METHODS[path.slice('/api/v0/'.length)]
  if (request.method !== 'POST' || method == null) {
    throw new Refused(request.method === 'POST' ? 404 : 405, 'no such method')
  }
  try {
    for await (const line of method(request, query)) {
      response.write(JSON.stringify(line) + '\n')
    }
    response.end()
  } catch (error) {
    response.writeHead(500, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ Message: error.message, Code: 0, Type: 'error' }))
  }
}

// Gateways -------------------------------------------------------------------------------------------------------------

// The blocks that the bytes from start to stop need, the root first and each before its children.
async function * needed (cid, start, stop) {
  const bytes = await block(cid)
  yield { cid, bytes }
  if (cid.code !== dagPb.code) {
    return
  }
  const node = dagPb.decode(bytes)
  const sizes = UnixFS.unmarshal(node.Data).blockSizes
  for (let i = 0, at = 0; i < sizes.length; at += Number(sizes[i++])) {
    if (at < stop && start < at + Number(sizes[i])) {
      yield * needed(node.Links[i].Hash, start - at, stop - at)
    }
  }
}

async function sendCar (response, cid, range) {
  const [from, to] = (range ?? '0:*').split(':')
  await block(cid)
  response.writeHead(200, { 'Content-Type': 'application/vnd.ipld.car; version=1; order=dfs; dups=y' })
  const { writer, out } = CarWriter.create([cid])
  const writing = (async () => {
    for await (const each of needed(cid, Number(from), to === '*' ? Infinity : Number(to) + 1)) {
      await writer.put(each)
    }
    await writer.close()
  })()
  for await (const piece of out) {
    response.write(piece)
  }
  await writing
  response.end()
}

async function sendFile (request, response, cid, path) {
  await block(cid)
  const { size } = await files.stat(cid, { ...OFFLINE, path }).catch(() => { throw new Refused(404, 'no such file') })
  const total = Number(size)
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  const [first, last] = match == null ? [0, total - 1] : [Number(match[1]), Math.min(Number(match[2]), total - 1)]
  if (match != null && first > last) {
    response.setHeader('Content-Range', `bytes */${total}`)
    throw new Refused(416, 'no such range')
  }
  const length = last - first + 1
  const headers = { ETag: `"${cid}"`, 'Content-Length': length, 'Content-Type': 'application/octet-stream' }
  response.writeHead(match == null ? 200 : 206, match == null
    ? headers
    : { ...headers, 'Content-Range': `bytes ${first}-${last}/${total}` })
  for await (const piece of length === 0 ? [] : files.cat(cid, { ...OFFLINE, path, offset: first, length })) {
    response.write(piece)
  }
  response.end()
}

async function gateway (request, response, path, query) {
  const [, , text, ...rest] = path.split('/')
  const cid = CID.parse(text)
  const format = query.get('format')
  if (format === 'car') {
    await sendCar(response, cid, query.get('entity-bytes'))
  } else if (format === 'raw') {
    response.end(await block(cid))
  } else if (format == null) {
    await sendFile(request, response, cid, rest.join('/') || undefined)
  } else {
    throw new Refused(400, 'no such format')
  }
}

// What tests ask beside ------------------------------------------------------------------------------------------------

// The bytes 0, 1, … 250, 0, 1, … of files that tests make, too.
function * pattern (size) {
  const piece = Buffer.from(Array.from({ length: 251 * 4000 }, (_, i) => i % 251))
  for (; size > 0; size -= piece.length) {
    yield piece.subarray(0, size)
  }
}

async function cids (request) {
  const asked = JSON.parse(await buffer(request))
  return JSON.stringify(await Promise.all(asked.map(async ([size, leaf]) => {
    const { cid } = await importByteStream(pattern(size), new MemoryBlockstore(), {
      profile: 'unixfs-v1-2025',
      chunker: fixedSize({ chunkSize: leaf }),
      layout: balanced({ maxChildrenPerNode: 1024 })
    })
    return cid.toString()
  })))
}

async function fetchFrom (request) {
  const { gateway, cid } = JSON.parse(await buffer(request))
  const other = createHeliaLight()
  const router = fallbackRouter({ gateways: [gateway] })
  router.capabilities = () => []  // with none but fallbacks, Helia waits for ever
  other.addRouter(router)
  other.addBlockBroker(trustlessGatewayBlockBroker({ allowInsecure: true, allowLocal: true }))
  await other.start()
  try {
    const pieces = []
    for await (const piece of unixfs(other).cat(CID.parse(cid), { signal: AbortSignal.timeout(20_000) })) {
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  } finally {
    await other.stop()
  }
}

// ----------------------------------------------------------------------------------------------------------------------

async function answer (request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1')
  if (pathname.startsWith('/api/v0/')) {
    await rpc(request, response, pathname, searchParams)
  } else if (pathname === '/test/cids') {
    response.end(await cids(request))
  } else if (pathname === '/test/fetch') {
    response.end(await fetchFrom(request))
  } else if (pathname.startsWith('/ipfs/')) {
    await gateway(request, response, pathname, searchParams)
  } else {
    throw new Refused(404, 'no such path')
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch(error => {
    if (response.headersSent) {
      response.destroy()
    } else {
      response.writeHead(error.status ?? 500)
      response.end(error.message)
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
process.stdin.resume().on('end', () => process.exit(0))
