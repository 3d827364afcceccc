"""The signed index: a client that trusts TUF metadata alone, and the maintainers' steps that make such metadata.

Modules that import tuf are heavy; the command line imports them when a verb needs them. Four never do: `roles` (names),
`entry` (what `pack build` hands over), `catalog`, and `revoked` (withdrawals last verified, which `--frozen` reads).

For consumers:
    client.IndexClient(state, root, urls, opener, now=...): refresh() or load(), then record(), catalog(), revocations()
    location.locate(text, root): --index NAME|URL|DIR to root bytes and URLs
    revoked.read_revocations(state): the withdrawals last verified

For maintainers, each function one step on an index folder; `roles.Dates(now)` says when, `roles.RoleKeys` who:
    keys.keygen(folder, name); `keys.KeySource` says where private keys are: folders, files, variables, tokens, services
    ceremony.init, delegate, rotate, amend, renew, set_mirrors: stage a change of the index
    releases.add, yank, revoke: stage a change within a namespace (whole withdrawals are zoopkg.pack.withdraw's)
    review.review: what signing the staged state would change
    signing.sign, merge, status: sign what is staged, here or on another machine
    publisher.publish, refresh: make it the index's next state; renew what is published
    verify.verify: check the whole folder as a client would, and its blobs (zoopkg.pack.audit looks into these)
"""
