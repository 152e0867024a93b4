/** What `languages.test.ts` has the clients of Java do, and print as JSON. */
export const JAVA_PROGRAM = `import static com.google.cloud.bigtable.admin.v2.models.GCRules.GCRULES;
import static com.google.cloud.bigtable.data.v2.models.Filters.FILTERS;

import com.google.api.core.ApiFuture;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcStatusCode;
import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.api.gax.rpc.TransportChannelProvider;
import com.google.cloud.bigtable.admin.v2.BigtableTableAdminClient;
import com.google.cloud.bigtable.admin.v2.BigtableTableAdminSettings;
import com.google.cloud.bigtable.admin.v2.models.CreateTableRequest;
import com.google.cloud.bigtable.data.v2.BigtableDataClient;
import com.google.cloud.bigtable.data.v2.BigtableDataSettings;
import com.google.cloud.bigtable.data.v2.models.*;
import com.google.cloud.pubsub.v1.*;
import com.google.gson.Gson;
import com.google.protobuf.ByteString;
import com.google.pubsub.v1.*;
import io.grpc.ManagedChannelBuilder;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.BiFunction;

public class Client {
  static final String LANGUAGE = System.getenv("LANGUAGE");
  static final long IDLE_S = Long.parseLong(System.getenv("IDLE_SECONDS")), WAIT_S = 120;
  static final NoCredentialsProvider NOBODY = NoCredentialsProvider.create();
  static final Map<String, Object> report = new TreeMap<>();
  static TransportChannelProvider channel;
  static TopicAdminClient topics;
  static SubscriptionAdminClient subscriptions;

  static String topic(String name) {
    return topics.createTopic(TopicName.of("p-1", LANGUAGE + "-" + name)).getName();
  }

  static String subscription(String name, String topic, Subscription.Builder settings) {
    String path = SubscriptionName.of("p-1", LANGUAGE + "-" + name).toString();
    return subscriptions.createSubscription(settings.setName(path).setTopic(topic).build()).getName();
  }

  static Publisher publisher(String topic) throws Exception {
    return Publisher.newBuilder(topic).setChannelProvider(channel).setCredentialsProvider(NOBODY)
        .setEnableMessageOrdering(true).build();
  }

  static PubsubMessage message(String data) {
    return PubsubMessage.newBuilder().setData(ByteString.copyFromUtf8(data)).build();
  }

  /** Streams until so many messages came, and gives what 'answer' says of each. */
  static List<Object> collect(String subscription, int count, BiFunction<PubsubMessage, AckReplyConsumerWithResponse, Object> answer) throws Exception {
    List<Object> seen = Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<Void> done = new CompletableFuture<>();
    MessageReceiverWithAckResponse take = (message, reply) -> {
      try {
        seen.add(answer.apply(message, reply));
        if (seen.size() == count) done.complete(null);
      } catch (Throwable error) {
        done.completeExceptionally(error);
      }
    };
    Subscriber subscriber = Subscriber.newBuilder(subscription, take)
        .setChannelProvider(channel).setCredentialsProvider(NOBODY).build();
    subscriber.startAsync().awaitRunning();
    done.get(WAIT_S + IDLE_S, TimeUnit.SECONDS);
    subscriber.stopAsync().awaitTerminated(WAIT_S, TimeUnit.SECONDS);
    return seen;
  }

  static Object confirm(PubsubMessage message, AckReplyConsumerWithResponse reply) {
    expect(AckResponse.SUCCESSFUL, reply.ack());
    return message.getData().toStringUtf8();
  }

  static <T> void expect(T expected, ApiFuture<T> future) {
    try {
      T actual = future.get(WAIT_S, TimeUnit.SECONDS);
      if (!actual.equals(expected)) throw new IllegalStateException(actual.toString());
    } catch (InterruptedException | ExecutionException | TimeoutException error) {
      throw new IllegalStateException(error);
    }
  }

  static void stream() throws Exception {
    // In order, exactly once, confirmed.
    String topic = topic("ordered");
    String ordered = subscription("ordered", topic,
        Subscription.newBuilder().setEnableMessageOrdering(true).setEnableExactlyOnceDelivery(true));
    Publisher publisher = publisher(topic);
    List<ApiFuture<String>> results = new ArrayList<>();
    for (int number = 0; number < 200; number++)
      results.add(publisher.publish(message("" + number).toBuilder().setOrderingKey("k").build()));
    Set<String> ids = new HashSet<>();
    for (ApiFuture<String> result : results) ids.add(result.get(WAIT_S, TimeUnit.SECONDS));
    publisher.shutdown();
    report.put("published", ids.size());
    report.put("ordered", collect(ordered, 200, Client::confirm));

    // A lease that ends while a stream has nothing to do; then the stream gets what is published.
    topic = topic("idle");
    String leased = subscription("leased", topic,
        Subscription.newBuilder().setAckDeadlineSeconds(10).setEnableExactlyOnceDelivery(true));
    Publisher waker = publisher(topic);
    waker.publish(message("leased")).get(WAIT_S, TimeUnit.SECONDS);
    ReceivedMessage pulled = subscriptions.pull(leased, 1).getReceivedMessages(0);
    String idle = subscription("idle", topic, Subscription.newBuilder());
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    timer.schedule(() -> waker.publish(message("awake")), IDLE_S, TimeUnit.SECONDS);
    report.put("idle", collect(idle, 1, Client::confirm));
    timer.shutdown();
    waker.shutdown();
    try {
      subscriptions.acknowledge(leased, List.of(pulled.getAckId()));
      report.put("late", 0);
    } catch (ApiException error) {
      report.put("late", ((GrpcStatusCode) error.getStatusCode()).getTransportCode().value());
    }
    ReceivedMessage again = subscriptions.pull(leased, 1).getReceivedMessages(0);
    subscriptions.acknowledge(leased, List.of(again.getAckId()));
    report.put("again", again.getMessage().getMessageId().equals(pulled.getMessage().getMessageId()));

    // Rejected five times, and then a dead letter.
    topic = topic("rejected");
    String letters = topic("letters");
    String buried = subscription("letters", letters, Subscription.newBuilder());
    String rejected = subscription("rejected", topic, Subscription.newBuilder().setDeadLetterPolicy(
        DeadLetterPolicy.newBuilder().setDeadLetterTopic(letters).setMaxDeliveryAttempts(5)));
    Publisher poisoner = publisher(topic);
    poisoner.publish(message("poison").toBuilder().putAttributes("kind", "test").build()).get(WAIT_S, TimeUnit.SECONDS);
    poisoner.shutdown();
    report.put("attempts", collect(rejected, 5, (message, reply) -> {
      reply.nack();
      return Subscriber.getDeliveryAttempt(message);
    }));
    report.put("letter", collect(buried, 1, (message, reply) -> {
      reply.ack();
      return List.of(message.getData().toStringUtf8(), message.getAttributesOrThrow("kind"),
          message.getAttributesOrThrow("CloudPubSubDeadLetterSourceDeliveryCount"));
    }).get(0));
  }

  static void rows(int port) throws Exception {
    var adminSettings = BigtableTableAdminSettings.newBuilderForEmulator(port).setProjectId("p-1").setInstanceId("i");
    try (BigtableTableAdminClient admin = BigtableTableAdminClient.create(adminSettings.build())) {
      admin.createTable(CreateTableRequest.of(LANGUAGE)
          .addFamily("f", GCRULES.maxVersions(2)).addSplit(ByteString.copyFromUtf8("r250")));
    }
    var settings = BigtableDataSettings.newBuilderForEmulator(port).setProjectId("p-1").setInstanceId("i");
    try (BigtableDataClient client = BigtableDataClient.create(settings.build())) {
      BulkMutation bulk = BulkMutation.create(LANGUAGE);
      for (int number = 0; number < 500; number++) {
        Mutation mutation = Mutation.create();
        for (int version = 1; version <= 3; version++) mutation.setCell("f", "q", version * 1000, "" + version);
        bulk.add(String.format("r%03d", number), mutation);
      }
      client.bulkMutateRows(bulk);
      int rows = 0, cells = 0;
      for (Row row : client.readRows(Query.create(LANGUAGE))) {
        rows++;
        cells += row.getCells().size();
      }
      report.put("rows", rows);
      report.put("cells", cells);

      List<Object> filtered = new ArrayList<>();
      Filters.Filter filter = FILTERS.chain()
          .filter(FILTERS.key().regex("r1.5"))
          .filter(FILTERS.limit().cellsPerColumn(1))
          .filter(FILTERS.interleave().filter(FILTERS.pass()).filter(FILTERS.label("copy")));
      for (Row row : client.readRows(Query.create(LANGUAGE).range("r100", "r200").filter(filter).limit(7))) {
        List<Object> values = new ArrayList<>();
        for (RowCell cell : row.getCells()) values.add(List.of(cell.getValue().toStringUtf8(), cell.getLabels()));
        filtered.add(List.of(row.getKey().toStringUtf8(), values));
      }
      report.put("filtered", filtered);

      List<Boolean> matched = new ArrayList<>();
      List<String> seen = new ArrayList<>();
      for (String key : List.of("r000", "none")) {
        matched.add(client.checkAndMutateRow(ConditionalRowMutation.create(LANGUAGE, key)
            .condition(FILTERS.value().exactMatch("3"))
            .then(Mutation.create().setCell("f", "seen", "y"))
            .otherwise(Mutation.create().setCell("f", "seen", "n"))));
        seen.add(client.readRow(LANGUAGE, key).getCells("f", "seen").get(0).getValue().toStringUtf8());
      }
      report.put("checked", List.of(matched, seen));

      client.readModifyWriteRow(ReadModifyWriteRow.create(LANGUAGE, "count").increment("f", "n", 5));
      Row modified = client.readModifyWriteRow(
          ReadModifyWriteRow.create(LANGUAGE, "count").increment("f", "n", -2).append("f", "text", "ab"));
      report.put("modified", List.of(
          modified.getCells("f", "n").get(0).getValue().asReadOnlyByteBuffer().getLong(),
          modified.getCells("f", "text").get(0).getValue().toStringUtf8()));

      client.mutateRow(RowMutation.create(LANGUAGE, "r000").deleteRow());
      report.put("deleted", client.readRow(LANGUAGE, "r000") == null);
      List<String> samples = new ArrayList<>();
      for (KeyOffset sample : client.sampleRowKeys(LANGUAGE))
        if (!sample.getKey().isEmpty()) samples.add(sample.getKey().toStringUtf8());
      report.put("samples", samples);
    }
  }

  public static void main(String[] arguments) throws Exception {
    var managed = ManagedChannelBuilder.forTarget(System.getenv("PUBSUB_EMULATOR_HOST")).usePlaintext().build();
    channel = FixedTransportChannelProvider.create(GrpcTransportChannel.create(managed));
    topics = TopicAdminClient.create(TopicAdminSettings.newBuilder()
        .setTransportChannelProvider(channel).setCredentialsProvider(NOBODY).build());
    subscriptions = SubscriptionAdminClient.create(SubscriptionAdminSettings.newBuilder()
        .setTransportChannelProvider(channel).setCredentialsProvider(NOBODY).build());
    stream();
    rows(Integer.parseInt(System.getenv("BIGTABLE_EMULATOR_HOST").split(":")[1]));
    System.out.println(new Gson().toJson(report));
    System.exit(0);
  }
}
`;
