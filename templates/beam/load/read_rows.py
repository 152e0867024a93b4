import codecs, json, zlib
from apache_beam import pvalue

CHUNK_BYTES = 1 << 18
SAMPLE_BYTES = 1024

class ReadFn(beam.DoFn):
  """Asks the loader of healthmon what the rows of each file are."""
  def __init__(self, project, loader, settings):
    self.project, self.loader, self.settings = project, loader, settings
    self.read = beam.metrics.Metrics.counter('healthmon', 'rowsRead')

  def setup(self):
    self.client = open_storage(self.project)
    self.ask = open_loader(self.loader, self.settings)

  def process(self, file):
    # Bytes that are no UTF-8 become U+DC80 to U+DCFF, of which reject files are made again.
    decoder = codecs.getincrementaldecoder('utf-8')('surrogateescape')
    chunks = self.bytes(file)
    start = b''
    for chunk in chunks:
      start += chunk
      if len(start) >= SAMPLE_BYTES:
        break
    found = self.ask('begin', {
        'label': file['label'],
        'stem': file['stem'],
        'sample': start[:SAMPLE_BYTES].decode('latin-1'),
        'text': decoder.decode(start).removeprefix('\ufeff')})
    yield from self.rows(file, found)
    for chunk in chunks:
      yield from self.rows(file, self.ask('push', decoder.decode(chunk)))
    found = self.ask('end', decoder.decode(b'', final=True))
    yield from self.rows(file, found)
    yield pvalue.TaggedOutput('files', (file['index'], found['file']))

  def rows(self, file, found):
    self.read.inc(len(found['good']) + len(found['bad']))
    columns = json.dumps(found['columns'])
    for key, number, row, values in found['good']:
      yield (key, (file['index'], number, row, values, columns))
    for number, row in found['bad']:
      yield pvalue.TaggedOutput('bad', (file['index'], (number, row)))

  def bytes(self, file):
    generation = int(file['generation']) if file['generation'] else None
    blob = self.client.bucket(file['bucket']).blob(file['name'], generation=generation)
    with blob.open('rb', chunk_size=CHUNK_BYTES, raw_download=True) as stored:
      first = stored.read(CHUNK_BYTES)
      if first[:2] == b'\x1f\x8b':
        yield from self.unzipped(first, stored)
        return
      while first:
        yield first
        first = stored.read(CHUNK_BYTES)

  def unzipped(self, chunk, stored):
    unzip = zlib.decompressobj(31)
    while chunk:
      if unzip.eof:
        unzip = zlib.decompressobj(31)
      yield unzip.decompress(chunk, CHUNK_BYTES)
      chunk = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
      chunk = chunk or stored.read(CHUNK_BYTES)
    if not unzip.eof:
      raise ValueError('a file compressed by gzip ends too early')

class ReadRows(beam.PTransform):
  def __init__(self, project, files, loader, settings):
    self.files, self.fn = json.loads(files), ReadFn(project, loader, settings)

  def expand(self, begin):
    found = (begin | beam.Create(self.files) | beam.Reshuffle()
             | beam.ParDo(self.fn).with_outputs('bad', 'files', main='rows'))
    return {'rows': found.rows, 'bad': found.bad, 'files': found.files}
