"""One file that carries packs, and what an index signs about them, to a machine that no network reaches.

format      the sections of the file: values to header lines and back
writing     writes the sections and their closing digest
reading     checks a file as a whole, then gives its sections
frames      instances from the store as the compressed blocks of the file
exporting   `zoopkg export`
mirror      the files of an index in the file, as a mirror serves them
roots       which indexes this machine trusts already
signed      what it carries of an index, into what this machine trusts of it
importing   `zoopkg import`
"""
