"""What is bought and taught in the demonstration, in English and in Khmer. Shops and people are invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of purchase: its category, what it was for, and who is usually paid."""

    category: str
    en: str
    km: str
    payee: str


# code, name, name in Khmer, purpose, eligible
CATEGORIES: Final = (
    ("patrol-wages", "Patrol wages and food", "ប្រាក់ឈ្នួល និងអាហារល្បាត", "forest_protection", "yes"),
    ("patrol-equipment", "Patrol equipment", "សម្ភារៈល្បាត", "forest_protection", "yes"),
    ("fuel-transport", "Fuel and transport", "ប្រេងឥន្ធនៈ និងការដឹកជញ្ជូន", "forest_protection", "yes"),
    ("boundary-marking", "Boundary marking and signs", "ការបោះបង្គោលព្រំ និងស្លាក", "forest_protection", "yes"),
    ("water-sanitation", "Water and sanitation", "ទឹកស្អាត និងអនាម័យ", "community_development", "yes"),
    ("school-health", "School and health", "សាលារៀន និងសុខភាព", "community_development", "yes"),
    ("livelihoods", "Livelihoods and livestock", "មុខរបរ និងបសុសត្វ", "community_development", "yes"),
    ("roads-bridges", "Paths and bridges", "ផ្លូវ និងស្ពាន", "community_development", "yes"),
    ("meetings", "Committee and village meetings", "ការប្រជុំគណៈកម្មការ និងភូមិ", "community_development", "yes"),
    ("course-costs", "Trainers and course costs", "គ្រូបង្គោល និងចំណាយវគ្គបណ្ដុះបណ្ដាល", "training", "yes"),
    ("course-materials", "Training materials", "សម្ភារៈបណ្ដុះបណ្ដាល", "training", "yes"),
    ("office-costs", "Project office costs", "ចំណាយការិយាល័យគម្រោង", "costs", "yes"),
    ("alcohol", "Alcohol and tobacco", "គ្រឿងស្រវឹង និងបារី", "community_development", "no"),
    ("loans-salaries", "Loans and officials' salaries", "ប្រាក់កម្ចី និងប្រាក់ខែមន្ត្រី", "community_development", "no"),
)
ITEMS: Final = {
    "forest_protection": (
        Item("patrol-wages", "Daily allowance for patrol members", "ប្រាក់ឧបត្ថម្ភប្រចាំថ្ងៃសមាជិកល្បាត", "team"),
        Item("patrol-wages", "Rice and dry food for a five-day patrol", "អង្ករ និងម្ហូបស្ងួតសម្រាប់ល្បាតប្រាំថ្ងៃ", "shop"),
        Item("patrol-equipment", "Boots, hammocks and raincoats", "ស្បែកជើងកវែង អង្រឹង និងអាវភ្លៀង", "shop"),
        Item("patrol-equipment", "GPS receiver and batteries", "ឧបករណ៍ជីភីអេស និងថ្ម", "shop"),
        Item("fuel-transport", "Petrol for patrol motorbikes", "សាំងសម្រាប់ម៉ូតូល្បាត", "station"),
        Item("fuel-transport", "Repair of two patrol motorbikes", "ជួសជុលម៉ូតូល្បាតពីរគ្រឿង", "garage"),
        Item("boundary-marking", "Concrete posts along the forest boundary", "បង្គោលបេតុងតាមព្រំព្រៃ", "builder"),
        Item("boundary-marking", "Painted signs: no clearing, no hunting", "ស្លាកហាមកាប់ព្រៃ និងហាមបរបាញ់", "builder"),
    ),
    "community_development": (
        Item("water-sanitation", "Drilling a well behind the meeting hall", "ខួងអណ្ដូងទឹកក្រោយសាលាប្រជុំ", "builder"),
        Item("water-sanitation", "Pump and pipes for the village well", "ម៉ាស៊ីនបូម និងទុយោសម្រាប់អណ្ដូងភូមិ", "shop"),
        Item("water-sanitation", "Latrines for poor households", "បង្គន់អនាម័យសម្រាប់គ្រួសារក្រីក្រ", "builder"),
        Item("school-health", "Zinc roof for the primary school", "ដំបូលស័ង្កសីសាលាបឋមសិក្សា", "builder"),
        Item("school-health", "Books and bags for pupils", "សៀវភៅ និងកាបូបសម្រាប់សិស្ស", "shop"),
        Item("school-health", "Medicine chest of the village", "ទូថ្នាំពេទ្យភូមិ", "shop"),
        Item("livelihoods", "Calves for the cattle bank", "កូនគោសម្រាប់ធនាគារគោ", "farmer"),
        Item("livelihoods", "Chicks, feed and vaccines", "កូនមាន់ ចំណី និងវ៉ាក់សាំង", "farmer"),
        Item("livelihoods", "Rice seed for the seed bank", "ពូជស្រូវសម្រាប់ធនាគារពូជ", "farmer"),
        Item("livelihoods", "Honey filters and jars for collectors", "តម្រង និងក្រឡទឹកឃ្មុំ", "shop"),
        Item("roads-bridges", "Wooden bridge over the stream", "ស្ពានឈើឆ្លងអូរ", "builder"),
        Item("roads-bridges", "Laterite for the village path", "ដីក្រហមចាក់ផ្លូវភូមិ", "builder"),
        Item("meetings", "Food and copies for the general meeting", "អាហារ និងថតចម្លងសម្រាប់មហាសន្និបាត", "shop"),
    ),
    "training": (
        Item("course-costs", "Trainer's fee and travel", "កម្រៃ និងធ្វើដំណើររបស់គ្រូបង្គោល", "team"),
        Item("course-costs", "Meals and lodging of participants", "អាហារ និងស្នាក់នៅរបស់សិក្ខាកាម", "shop"),
        Item("course-costs", "Transport of participants", "ដឹកជញ្ជូនសិក្ខាកាម", "garage"),
        Item("course-materials", "Printed handbooks in Khmer", "បោះពុម្ពសៀវភៅណែនាំជាភាសាខ្មែរ", "shop"),
        Item("course-materials", "Tools for the practical days", "ឧបករណ៍សម្រាប់អនុវត្តផ្ទាល់", "shop"),
    ),
    "costs": (Item("office-costs", "Project office, quarter's costs", "ចំណាយការិយាល័យគម្រោងប្រចាំត្រីមាស", "team"),),
}
PAYEES: Final = {
    "shop": ("ហាងសុខា", "ហាងចាន់ថា", "Sokha Store", "Bopha General Supplies", "តូបលក់ទំនិញរដ្ឋា", "ហាងសម្ភារៈវណ្ណា", "Dara Hardware"),
    "station": ("ស្ថានីយសាំងមករា", "Makara Fuel Station", "ស្ថានីយសាំងបឹង", "Samnang Petrol"),
    "garage": ("យានដ្ឋានពិសិដ្ឋ", "Piseth Garage", "ជាងម៉ូតូរ៉ា", "Vuthy Transport"),
    "builder": ("ក្រុមជាងសំណង់មុនី", "Mony Construction", "ជាងសំណង់ស្រីពៅ", "Chenda Builders", "សិប្បកម្មបេតុងលី"),
    "farmer": ("កសិដ្ឋានផល្លា", "Phalla Farm", "កសិករ ឡាយ", "Rumduol Seeds", "កសិដ្ឋានរំដួល"),
    "team": ("បញ្ជីឈ្មោះភ្ជាប់", "As on the attached list", "បញ្ជីប្រាក់ឧបត្ថម្ភ"),
}
TOPICS: Final = (
    ("Patrol data with SMART and GPS", "ទិន្នន័យល្បាតជាមួយជីភីអេស"),
    ("Keeping the committee's books", "ការកាន់បញ្ជីគណនេយ្យគណៈកម្មការ"),
    ("Forest law and the rights of communities", "ច្បាប់ព្រៃឈើ និងសិទ្ធិសហគមន៍"),
    ("Chicken and vegetable growing", "ចិញ្ចឹមមាន់ និងដាំបន្លែ"),
    ("Fire prevention in the dry season", "ការការពារភ្លើងឆេះព្រៃរដូវប្រាំង"),
    ("How the carbon money is shared", "របៀបបែងចែកប្រាក់កាបូន"),
    ("First aid for patrol members", "ការសង្គ្រោះបឋមសម្រាប់ក្រុមល្បាត"),
    ("Honey and resin: quality and price", "ទឹកឃ្មុំ និងជ័រទឹក៖ គុណភាព និងតម្លៃ"),
)
SIGNERS: Final = (
    "Sok Chan (demonstration)", "Kham Sreyneang (demonstration)", "Ploek Phyrom (demonstration)", "Nhok Vanna (demonstration)",
    "Chhun Bopha (demonstration)", "Prak Rithy (demonstration)", "Som Kosal (demonstration)", "Mao Sopheap (demonstration)",
)  # fmt: skip
QUERIES: Final = (
    "The photo cannot be read. Please take it again in daylight.",
    "The receipt shows another amount. Which one is right?",
    "Please add the list of people who were paid.",
)
ANSWERS: Final = ("A clear photo is attached now.", "The amount on the receipt is right; the list follows.")
REFUSALS: Final = (
    "Not an eligible expense under the plan.",
    "This receipt was already used for another record.",
)
REJECTIONS: Final = (
    "The village plan for this work has not been agreed in a general meeting yet.",
    "An earlier advance is still to be accounted for.",
    "The quotation is missing.",
)
