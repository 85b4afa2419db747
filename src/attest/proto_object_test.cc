#include "attest/proto_object.h"

#include <gtest/gtest.h>

namespace tegula::attest {
namespace {

using codec::Json;

TEST(ProtoObject, ReadsMembersAndTheirDefaults) {
  const Json json = {
      {"text", "a"}, {"bytes", "YWI="}, {"number", "7"}, {"list", {1, 2}}, {"null", nullptr}};
  const auto object = ProtoObject::of(json, {"text", "bytes", "number", "list", "null", "more"});
  ASSERT_TRUE(object);
  EXPECT_EQ(object->text("text").value(), "a");
  EXPECT_EQ(object->bytes("bytes").value(), (Bytes{'a', 'b'}));
  EXPECT_EQ(object->number("number").value(), 7U);
  EXPECT_EQ(object->list("list", 2).value().size(), 2U);
  for (const char* name : {"null", "more"}) {
    EXPECT_EQ(object->find(name), nullptr);
    EXPECT_EQ(object->text(name).value(), "");
    EXPECT_TRUE(object->bytes(name).value().empty());
    EXPECT_EQ(object->number(name).value(), 0U);
    EXPECT_TRUE(object->list(name, 2).value().empty());
  }
}

TEST(ProtoObject, RefusesOtherThingsAndUnknownMembers) {
  for (const Json& json : {Json(nullptr), Json(1), Json("a"), Json::array()})
    EXPECT_EQ(ProtoObject::of(json, {}).error().code, Code::Corrupt) << json;
  const Json json = {{"mediaType", "a"}, {"media_type", "a"}};
  EXPECT_EQ(ProtoObject::of(json, {"mediaType"}).error().text, "unknown member \"media_type\"");
}

TEST(ProtoObject, TakesNumbersFrom0To2To63) {
  for (const Json& good :
       {Json("0"), Json(0), Json("9223372036854775807"), Json(9223372036854775807)}) {
    const Json json = {{"n", good}};
    EXPECT_TRUE(ProtoObject::of(json, {"n"}).value().number("n")) << good;
  }
  for (const Json& bad :
       {Json("-1"), Json(-1), Json("9223372036854775808"), Json(9223372036854775808U), Json(1.5),
        Json("01"), Json("1e3"), Json(""), Json(true), Json::array()}) {
    const Json json = {{"n", bad}};
    EXPECT_EQ(ProtoObject::of(json, {"n"}).value().number("n").error().code, Code::Corrupt) << bad;
  }
}

TEST(ProtoObject, RefusesWrongTypesAndBase64OfAnotherKind) {
  const Json json = {{"a", 1}, {"b", "YW"}, {"c", "-_=="}, {"d", "a"}};
  const auto object = ProtoObject::of(json, {"a", "b", "c", "d"}).value();
  EXPECT_EQ(object.text("a").error().code, Code::Corrupt);
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(object.bytes(name).error().code, Code::Corrupt) << name;
  EXPECT_EQ(object.list("d", 1).error().code, Code::Corrupt);
}

TEST(ProtoObject, ReadsTimes) {
  const auto time = [](const char* text) {
    const Json json = {{"t", text}};
    return ProtoObject::of(json, {"t"}).value().time("t");
  };
  EXPECT_EQ(time("1970-01-01T00:00:00Z").value(), (ProtoTime{0, 0}));
  EXPECT_EQ(time("2022-12-31T23:59:59.999Z").value(), (ProtoTime{1'672'531'199, 999'000'000}));
  EXPECT_EQ(time("2024-02-29T12:00:00.000000001Z").value(), (ProtoTime{1'709'208'000, 1}));
  EXPECT_EQ(time("9999-12-31T23:59:59Z").value(), (ProtoTime{253'402'300'799, 0}));
  for (const char* bad : {"",
                          "2022-12-31",
                          "2022-12-31T23:59:59",
                          "2022-12-31T23:59:59+00:00",
                          "2022-12-31 23:59:59Z",
                          "2022-12-31t23:59:59Z",
                          "2022-12-31T23:59:59z",
                          "2022-12-31T24:00:00Z",
                          "2022-12-31T23:60:00Z",
                          "2022-12-31T23:59:60Z",
                          "2023-02-29T00:00:00Z",
                          "2022-13-01T00:00:00Z",
                          "2022-00-01T00:00:00Z",
                          "2022-01-00T00:00:00Z",
                          "0000-01-01T00:00:00Z",
                          "1969-12-31T23:59:59Z",
                          "2022-12-31T23:59:59.Z",
                          "2022-12-31T23:59:59.0000000001Z",
                          "2022-12-31T23:59:59,9Z",
                          "2022-12-31T23:59:59.9xZ",
                          "22022-12-31T23:59:59Z",
                          "2022-1-31T23:59:59Z",
                          " 2022"})
    EXPECT_EQ(time(bad).error().code, Code::Corrupt) << bad;
  const Json none = Json::object();
  EXPECT_EQ(ProtoObject::of(none, {}).value().time("t").value(), std::nullopt);
}

TEST(ProtoObject, HoldsTheLimitOfAList) {
  const Json json = {{"l", {1, 2, 3}}};
  const auto object = ProtoObject::of(json, {"l"}).value();
  EXPECT_TRUE(object.list("l", 3));
  EXPECT_EQ(object.list("l", 2).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::attest
