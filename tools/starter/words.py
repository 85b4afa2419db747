"""Word lists of the starter model's small world, all written by hand for this project."""

FIRST_NAMES = """
Ana Maria Tom Lena Omar Ines Paul Greta Hugo Nina Karl Sofia Ivan Clara Peter Marta Luis Elena
Marco Julia Felix Rosa Bruno Alma Otto Irene Diego Vera Simon Laura Pablo Eva Anton Lucia Victor
Carla Leo Olga David Sara Emil Nadia Oscar Tina Jonas Mila Adam Petra Rafael Wanda Samuel Iris
Daniel Hanna Max Ingrid Noah Freya Liam Bianca Theo Dora Erik Paula Hassan Amira Yusuf Layla
Karim Fatima Idris Zainab Tariq Salma Rashid Noor Kofi Ama Kwame Abena Chidi Ngozi Emeka Ifeoma
Sipho Thandi Lerato Tendai Amadou Awa Moussa Aicha Kenji Yuki Haruto Sakura Hiro Aiko Naoki Emi
Wei Mei Jun Lin Bo Xiu Ming Lan Minh Linh Tuan Hoa Arjun Priya Ravi Anika Dev Meera Kiran
Lakshmi Vikram Sunita Nikhil Asha Rohan Divya Mateo Camila Joaquin Valeria Tomas Renata Andres
Ximena Gael Luna Caio Beatriz Thiago Larissa Davi Helena Bernardo Marina Gustavo Livia Pierre
Amelie Louis Chloe Jules Manon Hugues Celine Luc Margot Remi Sophie Gaspard Odile Heinz Ursula
Jurgen Heike Dieter Sabine Klaus Anke Rolf Birgit Lars Astrid Sven Linnea Nils Maja Bjorn Sigrid
Aksel Tuva Mikko Aino Jukka Helmi Pekka Venla Janek Zofia Pawel Kasia Marek Ola Tomasz Ewa Jiri
Lenka Pavel Jana Milan Zuzana Goran Mirela Dragan Vesna Zoran Tanja Nikos Eleni Yannis Sotiria
Kostas Danae Giorgio Chiara Matteo Alessia Luca Giulia Pietro Serena Enzo Noemi Ruth Alice Grace
Henry Walter Emma Jack Molly Oliver Ruby George Hazel Arthur Daisy Frank Olive Edith Harold Nora
Stella Basil Flora Cyril Mabel Ralph Winnie Stanley Pearl Ernest Ada Alan Joan Grete Kurt José
Zoë Søren Björk Renée André Chloé Łukasz Jürgen Inês João Núria Böris Mònica Anaïs Gaël Véra
Édith Dario Fabio Ilaria Sandro Monica Ugo Tilda Wim Anouk Joost Femke Bram Saskia Ruben Lotte
Tim Kate Ben Lucy Sam Jane Bob Mary John Anne Bill Susan Mike Linda Jim Carol Dan Amy Rob Jill
Ken Beth Ron Gail Ted
""".split()

CITIES = """
Lisbon Porto Faro Braga Madrid Seville Bilbao Valencia Paris Lyon Nantes Lille Berlin Hamburg
Bremen Munich Leipzig Vienna Graz Linz Zurich Basel Bern Geneva Milan Turin Rome Naples Bari
Athens Patras Sofia Varna Plovdiv Prague Brno Warsaw Krakow Gdansk Lodz Riga Tallinn Vilnius
Helsinki Turku Oslo Bergen Stockholm Malmö Uppsala Copenhagen Aarhus Dublin Cork Galway London
Leeds York Bristol Cardiff Glasgow Boston Denver Austin Dallas Chicago Seattle Portland Toronto
Ottawa Quebec Lima Cusco Quito Bogota Cali Santiago Rosario Recife Natal Salvador Manaus Dakar
Accra Lagos Abuja Nairobi Kampala Lusaka Harare Durban Cairo Tunis Rabat Fez Algiers Amman
Beirut Haifa Izmir Ankara Tbilisi Baku Tehran Muscat Doha Karachi Lahore Delhi Mumbai Pune
Jaipur Chennai Dhaka Yangon Bangkok Hanoi Hue Manila Cebu Jakarta Bandung Perth Sydney Hobart
Auckland Nelson Osaka Kyoto Nara Kobe Sapporo Seoul Busan Taipei Shanghai Wuhan Évora Coimbra
Setúbal Girona Cádiz Málaga Bruges Ghent Antwerp Utrecht Delft Leiden Odense Trondheim Tromsø
""".split()

# Places one meets at; written "at the X" in a sentence and "X" in an answer.
VENUES = """
office|library|station|harbour|museum|bakery|market|pharmacy|cinema|theatre|gym|clinic|school|
stadium|airport|park|beach|castle|cafe|restaurant|hotel|bookshop|garden|music hall|city pool|
old mill|art gallery|train station|tea house|pizzeria|workshop|studio|hospital|university|
playground|zoo|lake house|town hall
""".replace("\n", "").split("|")

ACTIVITIES = """
dinner|lunch|breakfast|brunch|coffee|tea|drinks|a meeting|a walk|a call|an interview|a workshop|
a concert|a football match|a tennis match|a chess game|a yoga class|a piano lesson|
a cooking class|a haircut|a dentist appointment|a doctor appointment|a job interview|
a budget review|a project meeting|a team meeting|a photo session|a book club|a picnic|a movie|
a swim|a hike|a bike ride|a birthday party|a dance class|a guitar lesson|a language course|
a training|a board game night|a choir rehearsal
""".replace("\n", "").split("|")

COLOURS = """
red blue green yellow black white brown grey pink purple orange silver golden small big old new
wooden striped round
""".split()

# Items; a leading "+" marks a plural.
ITEMS = """
+keys lamp umbrella +glasses wallet phone charger camera notebook map +tickets passport +gloves
scarf hat jacket +boots +shoes bag backpack suitcase guitar violin drum book letter parcel
envelope box basket bottle cup mug plate bowl pan kettle knife +scissors hammer drill ladder
rope bucket broom torch radio clock watch ring necklace mirror vase candle pillow blanket towel
carpet chair table stool bicycle helmet ball kite +dice puzzle doll laptop tablet keyboard mouse
printer cable battery +batteries lens tripod pen pencil brush +paints ruler stapler folder
calendar magnet whistle tent compass +binoculars flask thermometer screwdriver wrench +nails
+screws toolbox paddle racket +skates sled saddle leash
""".split()

CONTAINERS = """
kitchen drawer|desk drawer|top drawer|garden shed|hall cupboard|kitchen cupboard|
bathroom cabinet|bedroom closet|car boot|glove box|laundry basket|toy chest|tool chest|
green cabinet|metal locker|blue suitcase|garage|attic|cellar|office|living room|guest room|
bathroom|hallway|pantry|library|greenhouse|boat|tent|barn|bookcase|mailbox|fridge|freezer|
wardrobe|safe|trunk|hall closet|music room|workshop|reading corner|sewing box
""".replace("\n", "").split("|")

ROOMS = """
kitchen|bedroom|bathroom|living room|office|garage|hallway|dining room|attic|cellar|nursery|
studio|guest room|library|laundry room|porch|balcony|garden|workshop|playroom
""".replace("\n", "").split("|")

GROCERIES = """
apples pears bananas lemons oranges grapes plums cherries peaches mangoes tomatoes carrots
onions potatoes peppers beans lentils rice flour sugar salt butter cheese yoghurt milk cream
eggs bread rolls pasta noodles honey jam tea coffee cocoa olives nuts almonds raisins spinach
lettuce cucumbers mushrooms garlic ginger basil parsley oats salmon tuna chicken tofu juice
water soap candles matches napkins
""".split()

GOODS = """
books|shoes|flowers|tickets|coffee|lunch|dinner|groceries|petrol|paint|tools|stamps|pens|paper|
a lamp|a jacket|a hat|a chair|a bicycle|a cake|a phone case|a haircut|a train ticket|a guitar|
a blanket|a backpack|a cup|a camera|a mirror|a game|a pillow|a kettle|a map
""".replace("\n", "").split("|")

SHOPS = """
Rossi|Baker Street|Corner Shop|Green Market|Blue Door|Old Town Store|Vega|Lumen|Nordic House|
Casa Lima|Sunny Side|Red Lion|Mercado|Petite Rue|Stone Bridge|Lucky Cat|Harbour Deli|
Silver Spoon|Papeterie|Fix It
""".replace("\n", "").split("|")

LISTENING = """
jazz|blues|rock|folk|opera|samba|tango|techno|piano music|guitar music|rain sounds|soft jazz|
fado|choir music|drum music|salsa|disco|classical music|country music|film music
""".replace("\n", "").split("|")

LIKES = """
tea coffee chess tennis football swimming cycling hiking painting reading music cooking
gardening dancing singing fishing sailing skiing photography poetry films puzzles trains birds
cats dogs horses cheese chocolate mangoes soup pasta rice bread
""".split()

JOBS = """
teacher doctor nurse baker farmer painter writer pilot sailor cook gardener plumber carpenter
dentist lawyer librarian mechanic musician photographer engineer tailor potter judge driver
florist
""".split()

# Errands, the text of reminders and notes: verb, then a noun phrase.
ERRAND_VERBS = """
buy call clean collect fix return pack water wash send find sell check bring order
""".split()
ERRAND_NOUNS = """
the plants|the car|the bike|the parcel|the letters|the books|the dog|the windows|the shoes|
the tickets|the cake|the flowers|the lamp|the invoice|the report|the kitchen|the garden|
the bags|the keys|the boxes|the doctor|the dentist|the bank|the landlord|the school|the plumber|
the curtains|the printer|the photos|the shirts
""".replace("\n", "").split("|")

MESSAGES = """
I will be late|I am on my way|dinner is ready|the train is late|I am at home|the door is open|
the meeting moved to {day}|I will call at {time}|we meet at {time}|the parcel is here|
I found the {item}|I need the {item}|I bought the {item}|the {item} is in the {container}|
I love you|happy birthday|see you on {day}|see you at {time}|I am in {city}|
we are going to {city}|{name} is here|{name} is waiting|please call {name}|
please bring the {item}|I will arrive on {day}|the shop is closed|thank you for the {item}
""".replace("\n", "").split("|")

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

# What lies outside the small world. Topics fill the templates in corpus.py.
COUNTRIES = """
France Spain Italy Germany Portugal Japan China India Brazil Peru Chile Canada Mexico Egypt
Kenya Ghana Nigeria Morocco Norway Sweden Finland Poland Greece Turkey Iran Iraq Nepal Vietnam
Thailand Cuba Iceland Ireland Scotland Australia Austria Belgium Denmark Hungary Ukraine Russia
Argentina
""".split()
TOPICS = """
black holes|quantum physics|the French revolution|photosynthesis|gravity|the stock market|
inflation|democracy|evolution|the moon|the Roman empire|climate change|electricity|
the human heart|dinosaurs|volcanoes|the internet|artificial intelligence|neural networks|
philosophy|relativity|vaccines|the pyramids|Napoleon|Einstein|Shakespeare|Mozart|football|
the Olympics|the elections|the economy|taxes|space travel|bitcoin|DNA|the ocean|chess openings|
algebra|calculus|geometry|prime numbers|the weather on Mars|the universe|history|geography|
chemistry|biology|astronomy|the Vikings|world war two|whales|bees|cancer|diabetes|sleep|dreams|
love|happiness|the meaning of life|religion|time travel|cooking|yoga|programming|databases|
encryption|Linux|compilers|operating systems|blockchain|solar panels|electric cars|batteries|
robots|jazz history|modern art
""".replace("\n", "").split("|")
LANGUAGES = """
French Spanish German Italian Portuguese Japanese Chinese Latin Arabic Russian Greek Dutch
Swedish Polish Turkish Hindi Korean Finnish
""".split()
CODE_LANGUAGES = """
Python C C++ Rust Java JavaScript Go Swift Ruby SQL bash HTML Haskell Kotlin
""".split()
