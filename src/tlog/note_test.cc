#include "tlog/note.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"
#include "tlog/sample_keys.h"

namespace tegula::tlog {
namespace {

constexpr std::string_view kExample =
    "This is an example message.\n"
    "\n"
    "\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";
constexpr std::string_view kExampleKey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

using Verified = std::vector<VerifiedSignature>;

Result<Verified> verify(const Note& note, std::vector<NoteKey> known) {
  return verify_note(note, known);
}

Code code_of(const Result<Verified>& result) {
  return result ? Code::Internal : result.error().code;
}

TEST(Note, VerifiesThePublishedExample) {
  const Note note = parse_note(kExample).value();
  EXPECT_EQ(note.text, "This is an example message.\n");
  EXPECT_EQ(encode(note), kExample);
  const NoteKey key = NoteKey::parse(kExampleKey).value();
  EXPECT_EQ(verify(note, {key}).value(), (Verified{{.key = 0}}));
  EXPECT_EQ(verify(note, {sample_key("other", 1).key, key}).value(), (Verified{{.key = 1}}));
}

// What Tessera's test log signed, by a key whose private half it publishes.
TEST(Note, SignsAsOthersDo) {
  constexpr std::string_view kSigned =
      "example.com/log/testdata\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n\n"
      "\u2014 example.com/log/testdata "
      "M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/"
      "dlPWF74ewI=\n";
  const Bytes seed = base64_decode("AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg").value();
  const auto signer =
      crypto::PrivateKey::ed25519(std::span(seed).subspan<1, sizeof(crypto::Ed25519Bytes)>())
          .value();
  const NoteKey key =
      NoteKey::create("example.com/log/testdata", SignatureType::Ed25519, signer.public_key())
          .value();
  const Note note = parse_note(kSigned).value();
  EXPECT_TRUE(verify(note, {key}));
  EXPECT_EQ(sign_note(note.text, key, signer).value(), note.signatures[0]);
}

TEST(Note, SplitsAtTheLastEmptyLine) {
  const SampleKey log = sample_key("log", 1);
  for (const std::string text : {"\n", "a\n", "\n\n", "a\n\n\nb\n", "\n\u2014 log AAAAAAA=\n\n"}) {
    Note note{.text = text, .signatures = {}};
    note.signatures.push_back(sign_note(text, log.key, log.signer).value());
    EXPECT_EQ(parse_note(encode(note)).value(), note) << text;
    EXPECT_TRUE(verify(note, {log.key}));
  }
}

class SignedBySeveral : public testing::Test {
 protected:
  SampleKey log_ = sample_key("example.com/log", 1);
  SampleKey witness_ = sample_key("w.example", 2, SignatureType::Cosignature);
  SampleKey other_ = sample_key("other.example", 3);
  Note note_ = [this] {
    Note note{.text = "text\n", .signatures = {}};
    note.signatures = {
        sign_note(note.text, log_.key, log_.signer).value(),
        sign_note(note.text, other_.key, other_.signer).value(),
        cosign_note(note.text, 1'700'000'000, witness_.key, witness_.signer).value()};
    return note;
  }();
};

TEST_F(SignedBySeveral, AllThatAreKnownAreVerified) {
  EXPECT_EQ(verify(note_, {witness_.key, log_.key}).value(),
            (Verified{{.key = 1}, {.key = 0, .time_s = 1'700'000'000}}));
}

TEST_F(SignedBySeveral, UnknownOnesAreIgnoredWhateverTheyAre) {
  note_.signatures[1].bytes = {1};
  note_.signatures[1].key_id = log_.key.id();  // another name
  EXPECT_EQ(verify(note_, {log_.key}).value(), (Verified{{.key = 0}}));
  note_.signatures[1].name = log_.key.name();  // another id
  note_.signatures[1].key_id ^= 1;
  EXPECT_EQ(verify(note_, {log_.key}).value(), (Verified{{.key = 0}}));
  const std::string text = encode(note_);
  EXPECT_EQ(parse_note(text).value(), note_);
}

TEST_F(SignedBySeveral, ABadOneOfAKnownKeyRejectsTheNote) {
  for (std::size_t i = 0; i < 3; ++i) {
    Note bad = note_;
    bad.signatures[i].bytes.back() ^= 1;
    EXPECT_EQ(code_of(verify(bad, {log_.key, other_.key, witness_.key})), Code::Untrusted) << i;
  }
  Note twice = note_;
  twice.signatures.push_back(twice.signatures[0]);
  EXPECT_TRUE(verify(twice, {log_.key}));
  twice.signatures.back().bytes[0] ^= 1;
  EXPECT_EQ(code_of(verify(twice, {log_.key})), Code::Untrusted);
}

TEST_F(SignedBySeveral, NoneOfAKnownKeyIsNotEnough) {
  EXPECT_EQ(code_of(verify(note_, {})), Code::Untrusted);
  EXPECT_EQ(code_of(verify(note_, {sample_key("example.com/log", 9).key})), Code::Untrusted);
  EXPECT_EQ(code_of(verify(note_, {sample_key("log", 1).key})), Code::Untrusted);
}

TEST_F(SignedBySeveral, AnotherTextIsNotSigned) {
  note_.text = "texts\n";
  EXPECT_EQ(code_of(verify(note_, {log_.key})), Code::Untrusted);
  EXPECT_EQ(code_of(verify(note_, {witness_.key})), Code::Untrusted);
}

// A cosignature is no plain signature of the same key, nor the other way round.
TEST_F(SignedBySeveral, TypesOfSignaturesAreKeptApart) {
  const SampleKey plain = sample_key("w.example", 2);
  note_.signatures[2].key_id = plain.key.id();
  EXPECT_EQ(code_of(verify(note_, {plain.key})), Code::Untrusted);
  note_.signatures[2].bytes.erase(note_.signatures[2].bytes.begin(),
                                  note_.signatures[2].bytes.begin() + 8);
  EXPECT_EQ(code_of(verify(note_, {plain.key})), Code::Untrusted);
}

TEST(Note, RefusesEcdsaOfAnotherText) {
  const auto signer = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  const NoteKey key =
      NoteKey::create("rekor.example", SignatureType::Ecdsa, signer.public_key()).value();
  Note note{.text = "text\n", .signatures = {sign_note("text\n", key, signer).value()}};
  EXPECT_TRUE(verify(note, {key}));
  note.text = "Text\n";
  EXPECT_EQ(code_of(verify(note, {key})), Code::Untrusted);
}

TEST(Note, RefusesWhatIsNoNote) {
  const std::string line = "\u2014 a AAAAAAA=\n";  // an id and one byte
  ASSERT_TRUE(parse_note("t\n\n" + line));
  const std::string bad[] = {
      "",
      "\n",
      "t\n",
      "t\n\n",
      "t\n" + line,
      "\n" + line,
      line,
      "t\n\n" + line + "\n",
      "t\n\n" + line.substr(0, line.size() - 1),
      "t\n\n" + line + "x\n",
      "t\n\n" + line + "\n" + "x\n",
      "t\r\n\r\n" + line,
      "t\t\n\n" + line,
      std::string("t\0\n\n", 4) + line,
      "\xFF\n\n" + line,
      "t\n\n- a AAAAAAA=\n",
      "t\n\n\u2014a AAAAAAA=\n",
      "t\n\n\u2014  a AAAAAAA=\n",
      "t\n\n\u2014 a  AAAAAAA=\n",
      "t\n\n\u2014 a AAAAAAA= \n",
      "t\n\n\u2014 a AAAAAA==\n",  // an id without a signature
      "t\n\n\u2014 a AAAAAAB=\n",
      "t\n\n\u2014 a \n",
      "t\n\n\u2014 a\n",
      "t\n\n\u2014 a+b AAAAAAA=\n",
      "t\n\n\u2014 \u00A0 AAAAAAA=\n",
      "t\n\n\u2014  AAAAAAA=\n",
  };
  for (const std::string& text : bad) {
    const auto note = parse_note(text);
    ASSERT_FALSE(note) << text;
    EXPECT_EQ(note.error().code, Code::Corrupt) << text;
  }
}

TEST(Note, SignsOnlyWhatCanBeANote) {
  const SampleKey log = sample_key("log", 1);
  for (const std::string_view text : {"", "a", "a\tb\n", "\xFF\n"})
    EXPECT_EQ(sign_note(text, log.key, log.signer).error().code, Code::InvalidArgument) << text;
}

TEST(Note, HoldsItsLimits) {
  const std::string line = "\u2014 a AAAAAAA=\n";
  std::string text = "t\n\n";
  for (std::size_t i = 0; i < limits::kNoteSignaturesMax; ++i) text += line;
  EXPECT_EQ(parse_note(text).value().signatures.size(), limits::kNoteSignaturesMax);
  EXPECT_EQ(parse_note(text + line).error().code, Code::Exhausted);

  const std::string end = "\n\n" + line;
  const std::string most = std::string(limits::kNoteBytesMax - end.size(), 't') + end;
  EXPECT_TRUE(parse_note(most));
  EXPECT_EQ(parse_note("t" + most).error().code, Code::Exhausted);

  for (const std::size_t more : {0, 1}) {
    const NoteSignature large{
        .name = "a", .key_id = 7, .bytes = Bytes(limits::kNoteSignatureBytesMax + more)};
    const NoteSignature named{
        .name = std::string(limits::kKeyNameBytesMax + more, 'n'), .key_id = 7, .bytes = {1}};
    for (const NoteSignature& signature : {large, named}) {
      const auto note = parse_note("t\n\n" + encode(signature));
      EXPECT_EQ(note ? Code::Internal : note.error().code,
                more == 0 ? Code::Internal : Code::Exhausted);
    }
  }
}

}  // namespace
}  // namespace tegula::tlog
