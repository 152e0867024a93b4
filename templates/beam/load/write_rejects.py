import json
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
    self.client = open_storage(self.project)
    self.ask = open_loader(self.loader, self.settings)

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
