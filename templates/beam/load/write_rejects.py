import base64, json, os, threading, zlib
from apache_beam import pvalue

PAGE_ROWS = 1000

class RejectFn(beam.DoFn):
  """Writes the rows of each file that were not loaded as a file of the same kind."""
  def __init__(self, project, bucket, files, loader, settings):
    self.project, self.bucket = project, bucket
    self.names = [file['rejects'] for file in json.loads(files)]
    self.loader, self.settings = loader, settings
    self.rejected = beam.metrics.Metrics.counter('healthmon', 'rowsRejected')

  def setup(self):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage
    local = os.environ.get('STORAGE_EMULATOR_HOST')
    self.client = storage.Client(project=self.project, credentials=AnonymousCredentials() if local else None)
    # An engine belongs to the thread that made it.
    self.engine = threading.local()

  def ask(self, name, argument):
    if not hasattr(self.engine, 'load'):
      import quickjs
      context = self.engine.context = quickjs.Context()
      context.set_memory_limit(1 << 29)
      context.eval(zlib.decompress(base64.b64decode(self.loader)).decode('utf-8'))
      context.get('healthmonOpen')(self.settings)
      self.engine.load = context.get('healthmonLoad')
    return json.loads(self.engine.load(name, json.dumps(argument)))

  def process(self, group, with_records):
    index, found = group
    rows = [json.loads(row) for _, row in sorted(found['bad'])]
    if not rows:
      return
    file = json.loads(found['files'][0])
    text = ''.join(
        self.ask('rejects', {
            'file': file,
            'withRecords': with_records,
            'withHeader': start == 0,
            'rows': rows[start:start + PAGE_ROWS]})
        for start in range(0, len(rows), PAGE_ROWS))
    blob = self.client.bucket(self.bucket).blob(self.names[index])
    blob.upload_from_string(text.encode('utf-8', 'surrogateescape'), content_type='text/csv')
    self.rejected.inc(len(rows))

def is_broken(row):
  return json.loads(row[1][1])['broken']

class WriteRejects(beam.PTransform):
  def __init__(self, project, bucket, files, loader, settings):
    self.fn = RejectFn(project, bucket, files, loader, settings)

  def expand(self, inputs):
    broken = inputs['bad'] | beam.Map(is_broken) | beam.CombineGlobally(any)
    found = {'files': inputs['files'], 'bad': inputs['bad']} | beam.CoGroupByKey()
    return found | beam.ParDo(self.fn, pvalue.AsSingleton(broken))
